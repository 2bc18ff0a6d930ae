// Brings what came live and what history tells into one list.
import type { Acknowledgement, Alert } from "../../lib/api/types";

type Acknowledgements = Readonly<Record<string, Acknowledgement | null>>;

const seen = new WeakMap<Alert, Alert>(); // the same object each time: its row need not be drawn again

/** The alert with what is known of who has seen it; that is said once and stays. */
export function withAcknowledgement(alert: Alert, acknowledgements: Acknowledgements): Alert {
  const acknowledged = alert.acknowledged ?? acknowledgements[alert.id];
  if (!acknowledged || alert.acknowledged) return alert;
  const known = seen.get(alert) ?? { ...alert, acknowledged };
  seen.set(alert, known);
  return known;
}

/** Both newest first; so is the result, with each `seq` once. Whichever knows who has seen an alert is believed. */
export function merge(live: readonly Alert[], history: readonly Alert[], acknowledgements: Acknowledgements): Alert[] {
  const all: Alert[] = [];
  const add = (alert: Alert) => {
    const last = all.at(-1);
    if (last?.seq !== alert.seq) all.push(alert);
    else if (last.acknowledged === null) all[all.length - 1] = withAcknowledgement(last, { [last.id]: alert.acknowledged });
  };
  let l = 0;
  let h = 0;
  for (;;) {
    const newer = live[l];
    const older = history[h];
    const isLive = newer !== undefined && (older === undefined || newer.seq >= older.seq);
    const next = isLive ? newer : older;
    if (next === undefined) return all;
    if (isLive) l++;
    else h++;
    add(withAcknowledgement(next, acknowledgements));
  }
}
