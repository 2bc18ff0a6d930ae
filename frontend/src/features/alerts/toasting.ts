// What pops up of the alerts that came: pure, so that it is tested without a page.
import { type Alert, SEVERITIES, type Severity } from "../../lib/api/types";
import type { NewToast } from "../../stores/toasts";
import { alertCount } from "./words";

const NEWS_MS = 60_000; // older ones were missed while nobody was connected: the list has them

const COLORS: Record<Severity, string> = { info: "gray", low: "blue", medium: "yellow", high: "orange", critical: "red" };

/** Those that are new now: nobody has acknowledged them, and they did not wait somewhere for long. Ascending. */
export function newsOf(recent: readonly Alert[], after: number, now: number): Alert[] {
  const news: Alert[] = [];
  for (const alert of recent) {
    if (alert.seq <= after) break;
    if (alert.acknowledged === null && now - Date.parse(alert.at) < NEWS_MS) news.push(alert);
  }
  return news.toReversed();
}

/** One for each; those that say the same are one with a count, that leads to the newest. */
export function toastsOf(news: readonly Alert[]): NewToast[] {
  const toasts = new Map<string, NewToast>();
  for (const { id, data } of news) {
    const key = JSON.stringify([data.device_id, data.severity, data.reason]);
    toasts.set(key, {
      key,
      title: `New alert: ${data.reason}`,
      message: `${data.device_id}, ${data.severity}`,
      color: COLORS[data.severity],
      href: routeTo(id),
      count: (toasts.get(key)?.count ?? 0) + 1,
    });
  }
  return [...toasts.values()];
}

const routeTo = (id: string) => `/alerts?alert=${encodeURIComponent(id)}`;

/** What came while nobody looked, told once. */
export interface Away {
  count: number;
  worst: Severity;
  /** The newest of the worst ones. */
  worstAlert: Alert;
}

export function addAway(away: Away | null, news: readonly Alert[]): Away | null {
  let next = away;
  for (const alert of news) {
    const isWorse = next === null || SEVERITIES.indexOf(alert.data.severity) >= SEVERITIES.indexOf(next.worst);
    const worstAlert = next === null || isWorse ? alert : next.worstAlert;
    next = { count: (next?.count ?? 0) + 1, worst: worstAlert.data.severity, worstAlert };
  }
  return next;
}

export function toastOfAway({ count, worst, worstAlert }: Away): NewToast {
  const { device_id, reason } = worstAlert.data;
  return {
    title: `${alertCount(count)} while you were away`,
    message: count === 1 ? `${reason} (${device_id}, ${worst})` : `The worst: ${reason} (${device_id}, ${worst})`,
    color: COLORS[worst],
    href: count === 1 ? routeTo(worstAlert.id) : "/alerts",
  };
}
