// Every page at its route, each loaded when it is first needed.
import type { ReactNode } from "react";
import { Redirect, Route, Switch } from "wouter";
import { useReads } from "../components/useMay";
import type { Channel } from "../lib/api/types";
import { loadable } from "./loadable";
import { Page } from "./Page";

const pages = {
  "/": loadable(() => import("../features/overview/Overview")),
  "/devices": loadable(() => import("../features/devices/Devices")),
  "/alerts": loadable(() => import("../features/alerts/Alerts")),
  "/system": loadable(() => import("../features/system/System")),
};
const devicePage = loadable(() => import("../features/devices/DevicePage"));
const notReadPage = loadable(() => import("./NotRead"));

type Path = keyof typeof pages;
const PATHS = Object.keys(pages) as Path[];
const CHANNELS: Partial<Record<Path, Channel>> = { "/devices": "devices", "/alerts": "alerts" };

/** Fetch a page that is likely to be shown next. */
export const preload = (path: Path) => pages[path].preload();

export function Pages() {
  return (
    <Switch>
      {PATHS.map((path) => (
        <Route key={path} path={path}>
          <Reading channel={CHANNELS[path]}>
            <Page page={pages[path]} path={path} props={{}} />
          </Reading>
        </Route>
      ))}
      <Route path="/devices/:id">
        {({ id }) => (
          <Reading channel="devices">
            <Page page={devicePage} path={`/devices/${id}`} props={{ id }} />
          </Reading>
        )}
      </Route>
      <Route>
        <Redirect to="/" replace />
      </Route>
    </Switch>
  );
}

/** A page for who reads its channel; others are told. */
function Reading({ channel, children }: { channel: Channel | undefined; children: ReactNode }) {
  const reads = { alerts: useReads("alerts"), devices: useReads("devices") };
  if (channel === undefined || reads[channel]) return children;
  return <Page page={notReadPage} path={`not read: ${channel}`} props={{ channel }} />;
}
