// What devices say of themselves, made readable. All of it is somebody else's text: shown, never believed.
import type { Device } from "../../lib/api/types";

const MAX_TEXT = 200; // characters of one value; a publisher may send 64 KiB

const KNOWN = new Set(["id", "name", "kind", "status", "status_reason", "ip", "mac", "firmware", "telemetry", "has_account", "first_seen_at", "last_seen_at", "block"]);

/** The unit that the end of a field's name tells. */
const UNITS: readonly [ending: string, unit: string][] = [
  ["_percent", "%"], ["_celsius", "°C"], ["_c", "°C"], ["_fahrenheit", "°F"], ["_f", "°F"], ["_watts", "W"], ["_volts", "V"], ["_amps", "A"],
  ["_kbps", "kbit/s"], ["_mbps", "Mbit/s"], ["_dbm", "dBm"], ["_ms", "ms"], ["_seconds", "s"], ["_bytes", "bytes"], ["_hpa", "hPa"], ["_ppm", "ppm"],
];

export interface Label {
  label: string;
  unit: string;
}

/** "battery_percent" is "battery", in "%". */
export function labelOf(field: string): Label {
  const [ending = "", unit = ""] = UNITS.find(([end]) => field.endsWith(end) && field.length > end.length) ?? [];
  return { label: field.slice(0, field.length - ending.length).replaceAll("_", " "), unit };
}

const numbers = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });

/** Write a value as people read it; an object as JSON. */
export function valueWords(value: unknown, unit = ""): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return unit === "" ? numbers.format(value) : `${numbers.format(value)} ${unit}`;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** What a device said beside what HomeGuard knows a place for, in order. */
export function otherFields(device: Device): [field: string, value: unknown][] {
  return Object.entries(device)
    .filter(([field, value]) => !KNOWN.has(field) && value !== null && value !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}
