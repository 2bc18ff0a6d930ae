// When events came, to move the server's counts on between two answers. Not React state: thousands a minute are noted here,
// and who shows a number looks once a second.
import type { Envelope } from "../lib/api/types";

export type EventType = Envelope["type"];

const MAX_KEPT = 100_000; // of a type; more in the minute between two answers are told by the next one

/** By type, when each event was taken in (milliseconds, ascending), later than what was last forgotten. */
export type Pulse = Readonly<Record<EventType, readonly number[]>>;

const times: Record<EventType, number[]> = { new_alert: [], alert_acknowledged: [], device_update: [], device_removed: [] };
let forgottenUntil = Number.NEGATIVE_INFINITY;

export const pulse: Pulse = times;

/** Note events as a channel tells them: each once, in order. Others than these (a snapshot, a gap) are no events. */
export function notePulse(frames: readonly { type: string; at?: string }[]) {
  for (const { type, at } of frames) {
    const kept = times[type as EventType];
    if (kept === undefined || at === undefined) continue;
    const when = Date.parse(at);
    if (when > forgottenUntil) kept.push(when);
    if (kept.length > MAX_KEPT) kept.splice(0, MAX_KEPT / 2);
  }
}

/** Forget what was taken in until then: an answer of the server contains it. */
export function forgetPulse(until: number) {
  forgottenUntil = Math.max(forgottenUntil, until);
  for (const kept of Object.values(times)) kept.splice(0, countUntil(kept, until));
}

export function resetPulse() {
  forgottenUntil = Number.NEGATIVE_INFINITY;
  for (const kept of Object.values(times)) kept.length = 0;
}

/** Say how many of them are at or before a moment. */
export function countUntil(ascending: readonly number[], moment: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
