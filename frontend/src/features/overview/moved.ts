// Moves the server's numbers on by what has come since: pure. What the server has counted is not counted again.
import { countUntil, type EventType, type Pulse } from "../../stores/pulse";
import type { Device, Rest } from "../../lib/api/types";

export const MINUTE = 60_000;
export const SHOWN_MINUTES = 60;

export interface Minute {
  /** When it began, in milliseconds. */
  at: number;
  alerts: number;
  devices: number;
}

const CHANNELS = {
  alerts: ["new_alert", "alert_acknowledged"],
  devices: ["device_update", "device_removed"],
} as const satisfies Record<string, readonly EventType[]>;

/** Alerts of the last 24 hours, and how many of them nobody has acknowledged. */
export function alertsNow(stats: Pick<Rest.Stats, "at" | "alerts_24h">, pulse: Pulse) {
  const counted = Date.parse(stats.at);
  const since = (type: EventType) => pulse[type].length - countUntil(pulse[type], counted);
  const fresh = since("new_alert");
  return {
    total: (stats.alerts_24h?.total ?? 0) + fresh,
    unacknowledged: Math.max(0, (stats.alerts_24h?.unacknowledged ?? 0) + fresh - since("alert_acknowledged")),
  };
}

/** Events of each of the last 60 minutes, ascending; the last one is the running minute. */
export function minutesNow(stats: Pick<Rest.Stats, "at" | "minutes">, pulse: Pulse, now: number): Minute[] {
  const counted = Date.parse(stats.at);
  const told = new Map(stats.minutes.map((minute) => [Date.parse(minute.at), minute]));
  const running = minuteOf(now);
  return Array.from({ length: SHOWN_MINUTES }, (_, index) => {
    const at = running - (SHOWN_MINUTES - 1 - index) * MINUTE;
    const fresh = (channel: keyof typeof CHANNELS) =>
      CHANNELS[channel].reduce((sum, type) => sum + countWithin(pulse[type], Math.max(at - 1, counted), at + MINUTE - 1), 0);
    const minute = told.get(at);
    return { at, alerts: (minute?.alerts ?? 0) + fresh("alerts"), devices: (minute?.devices ?? 0) + fresh("devices") };
  });
}

const countWithin = (ascending: readonly number[], after: number, until: number) =>
  Math.max(0, countUntil(ascending, until) - countUntil(ascending, after));

const minuteOf = (moment: number) => Math.floor(moment / MINUTE) * MINUTE;

/**
 * Events of the last 60 seconds: the running minute and, of the one before, the share that is not yet 60 seconds ago, as if
 * its events had come evenly. So one event shows at once, and is gone a minute later.
 */
export function rateOf(minutes: readonly Minute[], now: number): number {
  const [before, running] = [minutes.at(-2), minutes.at(-1)];
  const share = 1 - (now - minuteOf(now)) / MINUTE;
  return Math.round(eventsOf(running) + eventsOf(before) * share);
}

export const eventsOf = (minute: Minute | undefined) => (minute ? minute.alerts + minute.devices : 0);

/** What the server's clock shows now, by the time that its answer told and how long ago that came. */
export const serverNow = (stats: Pick<Rest.Stats, "at">, answeredAt: number, now: number) => Date.parse(stats.at) + (now - answeredAt);

export interface Home {
  known: number;
  online: number;
  /** Devices that are blocked, or being blocked or freed: those that the list shows as blocked. */
  blocked: number;
}

export function homeOf(devices: readonly Pick<Device, "status" | "block">[]): Home {
  return {
    known: devices.length,
    online: devices.filter(({ status }) => status === "online").length,
    blocked: devices.filter(({ block }) => block.state !== "none").length,
  };
}
