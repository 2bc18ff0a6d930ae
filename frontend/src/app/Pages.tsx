// Every page at its route, each loaded when it is first needed.
import { Center, Loader } from "@mantine/core";
import { lazy, Suspense } from "react";
import { Redirect, Route, Switch } from "wouter";

const Overview = lazy(() => import("../features/overview/Overview"));
const Devices = lazy(() => import("../features/devices/Devices"));
const DevicePage = lazy(() => import("../features/devices/DevicePage"));
const Alerts = lazy(() => import("../features/alerts/Alerts"));
const System = lazy(() => import("../features/system/System"));

export function Pages() {
  return (
    <Suspense fallback={<Waiting />}>
      <Switch>
        <Route path="/" component={Overview} />
        <Route path="/devices" component={Devices} />
        <Route path="/devices/:id">{({ id }) => <DevicePage id={id} key={id} />}</Route>
        <Route path="/alerts" component={Alerts} />
        <Route path="/system" component={System} />
        <Route>
          <Redirect to="/" replace />
        </Route>
      </Switch>
    </Suspense>
  );
}

function Waiting() {
  return (
    <Center h="50vh">
      <Loader aria-label="Loading the page" />
    </Center>
  );
}
