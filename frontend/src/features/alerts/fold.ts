// Folds alerts that say the same, one after the other, into one row.
import type { Alert } from "../../lib/api/types";

export interface Fold {
  /** That of the oldest alert in it: it stays while newer ones join at the top. */
  key: string;
  newest: Alert;
  oldest: Alert;
  /** Newest first, at least one. */
  alerts: readonly Alert[];
}

/** One line of the list: a fold, or one of the alerts of a fold that was unfolded. */
export interface Row {
  key: string;
  fold: Fold;
  /** Null on the line of the fold itself. */
  alert: Alert | null;
}

function saysTheSame(one: Alert, other: Alert): boolean {
  return (
    one.data.device_id === other.data.device_id &&
    one.data.reason === other.data.reason &&
    one.data.severity === other.data.severity &&
    one.data.category === other.data.category &&
    one.data.verified === other.data.verified &&
    one.data.raised_by === other.data.raised_by &&
    one.acknowledged?.by === other.acknowledged?.by
  );
}

/** Fold a list; what is in `before` and did not change stays the same object. */
export function fold(alerts: readonly Alert[], before: readonly Fold[] = []): Fold[] {
  const known = new Map(before.map((one) => [one.key, one]));
  const folds: Fold[] = [];
  let together: Alert[] = [];
  const close = () => {
    const newest = together[0];
    const oldest = together.at(-1);
    if (!newest || !oldest) return;
    const made = { key: oldest.id, newest, oldest, alerts: together };
    const old = known.get(made.key);
    folds.push(old && isSame(old.alerts, together) ? old : made);
  };
  for (const alert of alerts) {
    const last = together.at(-1);
    if (last && saysTheSame(last, alert)) together.push(alert);
    else {
      close();
      together = [alert];
    }
  }
  close();
  return folds;
}

/** Fold one state of the list after the other: rows that did not change stay the same objects, and are not drawn again. */
export function folding(): (alerts: readonly Alert[]) => readonly Fold[] {
  let before: readonly Fold[] = [];
  return (alerts) => (before = fold(alerts, before));
}

const isSame = (one: readonly Alert[], other: readonly Alert[]) =>
  one.length === other.length && one.every((alert, index) => alert === other[index]);

/** The lines of the list, with those of the folds that are open. */
export function rowsOf(folds: readonly Fold[], open: ReadonlySet<string>): Row[] {
  return folds.flatMap((one): Row[] => {
    const head: Row = { key: one.key, fold: one, alert: null };
    if (one.alerts.length === 1 || !open.has(one.key)) return [head];
    return [head, ...one.alerts.map((alert): Row => ({ key: `${one.key}/${alert.id}`, fold: one, alert }))];
  });
}

export const openIds = (alerts: readonly Alert[]) => alerts.filter((one) => one.acknowledged === null).map((one) => one.id);
