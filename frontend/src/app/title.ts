// The window's title: how many alerts wait, and which page it is.
import { useEffect } from "react";
import { useLocation } from "wouter";
import { useDevicesStore } from "../stores/devices";
import { pageName } from "./places";

export function usePageTitle(waiting: number) {
  const [location] = useLocation();
  const name = useDevicesStore(({ byId }) => pageName(location, (id) => byId[id]?.name));
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ""}${name} · HomeGuard`;
  }, [waiting, name]);
  useEffect(
    () => () => {
      document.title = "HomeGuard"; // somebody has signed out
    },
    [],
  );
}
