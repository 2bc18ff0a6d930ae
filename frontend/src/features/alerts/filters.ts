// What of the alerts is shown: read from the route, written to it, asked of the server, and held against what comes live.
import type { Query } from "../../lib/url";
import { type Alert, SEVERITIES, type Severity } from "../../lib/api/types";

export const STATES = ["open", "acknowledged"] as const;
export type State = (typeof STATES)[number];

export const MAX_SEARCH = 100; // characters; the server refuses more

export interface AlertFilters {
  severity: Severity | null;
  device: string | null;
  state: State | null;
  q: string;
}

export const NO_FILTERS: AlertFilters = { severity: null, device: null, state: null, q: "" };

const oneOf = <T extends string>(all: readonly T[], word: string | null) => all.find((one) => one === word) ?? null;

/** Read "severity=high&device=cam-1&state=open&q=scan"; what is none of these is left out. */
export function readFilters(search: string): AlertFilters {
  const given = new URLSearchParams(search);
  return {
    severity: oneOf(SEVERITIES, given.get("severity")),
    device: given.get("device") || null,
    state: oneOf(STATES, given.get("state")),
    q: (given.get("q") ?? "").trim().slice(0, MAX_SEARCH),
  };
}

/** Write the route that shows these, and the details of one alert where it is given. */
export function routeOf(filters: AlertFilters, alert: string | null = null): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters, alert })) if (value) query.set(name, value);
  const search = query.toString();
  return search === "" ? "/alerts" : `/alerts?${search}`;
}

export const isFiltered = (filters: AlertFilters) => routeOf(filters) !== routeOf(NO_FILTERS);

/** What `GET api/alerts` takes. */
export function askedOf({ severity, device, state, q }: AlertFilters): Query {
  return { severity, device_id: device, acknowledged: state === null ? null : state === "acknowledged", q };
}

/** Say whether an alert is among those shown; the server looks in the same fields. */
export function matches({ data, acknowledged }: Alert, { severity, device, state, q }: AlertFilters): boolean {
  if (severity !== null && data.severity !== severity) return false;
  if (device !== null && data.device_id !== device) return false;
  if (state !== null && (acknowledged !== null) !== (state === "acknowledged")) return false;
  if (q === "") return true;
  const wanted = q.toLowerCase();
  return [data.reason, data.device_id, data.category].some((text) => text?.toLowerCase().includes(wanted));
}
