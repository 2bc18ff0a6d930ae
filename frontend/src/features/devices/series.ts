// How the numbers that a device tells of itself went, from its updates.
import type { Device } from "../../lib/api/types";
import type { Point } from "../../lib/sparkline";
import type { DeviceEvent } from "./changes";
import { labelOf, valueWords } from "./values";

export interface Reading {
  field: string;
  label: string;
  /** The value now, with its unit. */
  words: string;
  /** Ascending in time; empty where the field is no number. */
  points: Point[];
}

/** Read every field of a device's telemetry: as it is now, and how it went. `events` are newest first. */
export function readings(device: Device, events: readonly DeviceEvent[]): Reading[] {
  const updates = events.flatMap((event) => (event.type === "device_update" ? [event] : [])).toReversed();
  const current = { at: device.last_seen_at, data: device };
  const last = updates.at(-1);
  const moments = last && Date.parse(last.at) >= Date.parse(current.at) ? updates : [...updates, current];
  return Object.entries(device.telemetry ?? {}).map(([field, value]) => {
    const { label, unit } = labelOf(field);
    return { field, label, words: valueWords(value, unit), points: typeof value === "number" ? pointsOf(field, moments) : [] };
  });
}

function pointsOf(field: string, moments: readonly { at: string; data: Device }[]): Point[] {
  return moments.flatMap(({ at, data }) => {
    const value = data.telemetry?.[field];
    return typeof value === "number" ? [{ at: Date.parse(at), value }] : [];
  });
}

/** Say what a line shows, for who does not see it. */
export function lineWords({ label, points }: Reading): string {
  let low = Infinity;
  let high = -Infinity;
  for (const { value } of points) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return `${label}: ${points.length} values between ${valueWords(low)} and ${valueWords(high)}, now ${valueWords(points.at(-1)?.value)}`;
}
