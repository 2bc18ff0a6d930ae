// A device's newest alerts, from what REST lists and what the socket has told since.
import type { Acknowledgement, Alert } from "../../lib/api/types";

/** Bring both together, newest first, each once, at most `limit`; an acknowledgement that either knows of counts. */
export function newestAlerts(
  live: readonly Alert[],
  listed: readonly Alert[],
  acknowledgements: Readonly<Record<string, Acknowledgement>>,
  limit: number,
): Alert[] {
  const bySeq = new Map<number, Alert>();
  for (const alert of [...listed, ...live]) {
    const acknowledged = alert.acknowledged ?? bySeq.get(alert.seq)?.acknowledged ?? acknowledgements[alert.id] ?? null;
    bySeq.set(alert.seq, { ...alert, acknowledged });
  }
  return [...bySeq.values()].toSorted((one, other) => other.seq - one.seq).slice(0, limit);
}
