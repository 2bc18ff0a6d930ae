// Times in words, and one clock for every time that the page shows.
import { useSyncExternalStore } from "react";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const JUST_NOW = 5 * SECOND; // the clocks of two machines are about that far apart
const LONG_AGO = 30 * DAY; // before that a date says more

const exactly = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const shortly = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Say how long something takes, in its largest unit: "40 s", "3 min", "2 h", "5 d". */
export function spanWords(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

/** Say when something was, or will be: "just now", "3 min ago", "in 2 h", a date where it is long ago. */
export function relativeWords(at: string, now: number): string {
  const then = Date.parse(at);
  if (Number.isNaN(then)) return "at an unknown time";
  const ago = now - then;
  if (Math.abs(ago) < JUST_NOW) return "just now";
  if (Math.abs(ago) >= LONG_AGO) return day.format(then);
  return ago > 0 ? `${spanWords(ago)} ago` : `in ${spanWords(-ago)}`;
}

/** Say the day and the second of something, where the reader lives. */
export function exactWords(at: string): string {
  const then = Date.parse(at);
  return Number.isNaN(then) ? at : exactly.format(then);
}

/** Say the minute of something: the time alone where it is the same day as `now`. */
export function minuteWords(at: string, now: number): string {
  const then = Date.parse(at);
  if (Number.isNaN(then)) return at;
  return (day.format(then) === day.format(now) ? clock : shortly).format(then);
}

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(changed: () => void) {
  listeners.add(changed);
  timer ??= setInterval(() => listeners.forEach((tell) => tell()), SECOND);
  return () => {
    listeners.delete(changed);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const wholeSeconds = () => Math.floor(Date.now() / SECOND) * SECOND;

/** Draw again when what `read` makes of the time changes, looked at once a second. It must return a plain value. */
export function useTimed<T extends string | number | boolean>(read: (now: number) => T): T {
  return useSyncExternalStore(subscribe, () => read(wholeSeconds()));
}
