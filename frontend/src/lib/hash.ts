// Routes behind the `#`: `#/alerts?severity=high`. The server never sees them, so no sub-path needs to know them.
import { useSyncExternalStore } from "react";

const CHANGED = "hashchange";
const whole = () => window.location.hash.replace(/^#/, "") || "/";
const pathOf = () => whole().split("?", 1)[0] ?? "/";
const searchOf = () => whole().split("?").slice(1).join("?");

function subscribe(changed: () => void) {
  window.addEventListener(CHANGED, changed);
  return () => window.removeEventListener(CHANGED, changed);
}

export interface NavigateOptions {
  replace?: boolean;
}

/** Go to "/alerts?severity=high"; `replace` leaves no step to go back to. */
export function navigate(to: string, { replace = false }: NavigateOptions = {}) {
  if (whole() === to) return;
  if (!replace) {
    window.location.hash = to;
    return;
  }
  const url = new URL(window.location.href);
  url.hash = to;
  window.history.replaceState(window.history.state, "", url);
  window.dispatchEvent(new HashChangeEvent(CHANGED));
}

const useHashLocation = Object.assign(
  function useHashLocation(): [string, typeof navigate] {
    return [useSyncExternalStore(subscribe, pathOf), navigate];
  },
  { hrefs: (href: string) => `#${href}` },
);

/** What stands behind the `?` of the route. */
function useHashSearch() {
  return useSyncExternalStore(subscribe, searchOf);
}

/** What wouter's Router takes. */
export const hashRouting = { hook: useHashLocation, searchHook: useHashSearch };
