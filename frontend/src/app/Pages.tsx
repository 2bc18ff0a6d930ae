// Every page at its route, each loaded when it is first needed.
import { Redirect, Route, Switch } from "wouter";
import { loadable } from "./loadable";
import { Page } from "./Page";

const pages = {
  "/": loadable(() => import("../features/overview/Overview")),
  "/devices": loadable(() => import("../features/devices/Devices")),
  "/alerts": loadable(() => import("../features/alerts/Alerts")),
  "/system": loadable(() => import("../features/system/System")),
};
const devicePage = loadable(() => import("../features/devices/DevicePage"));

type Path = keyof typeof pages;
const PATHS = Object.keys(pages) as Path[];

/** Fetch a page that is likely to be shown next. */
export const preload = (path: Path) => pages[path].preload();

export function Pages() {
  return (
    <Switch>
      {PATHS.map((path) => (
        <Route key={path} path={path}>
          <Page page={pages[path]} path={path} props={{}} />
        </Route>
      ))}
      <Route path="/devices/:id">{({ id }) => <Page page={devicePage} path={`/devices/${id}`} props={{ id }} />}</Route>
      <Route>
        <Redirect to="/" replace />
      </Route>
    </Switch>
  );
}
