// What a row says of an alert, in words.
import { spanWords } from "../../lib/time";
import type { Fold } from "./fold";

/** "over 12 min": from the oldest to the newest of a fold; null where they are of one moment. */
export function spanOf({ newest, oldest }: Pick<Fold, "newest" | "oldest">): string | null {
  const ms = Date.parse(newest.at) - Date.parse(oldest.at);
  return ms >= 1_000 ? `over ${spanWords(ms)}` : null;
}

/** "1 alert", "12 alerts". */
export const alertCount = (count: number) => (count === 1 ? "1 alert" : `${count} alerts`);
