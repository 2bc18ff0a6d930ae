// Why a device is offline, in words.
import type { Device } from "../../lib/api/types";
import { spanWords } from "../../lib/time";

type Reason = NonNullable<Device["status_reason"]>;

const WHY: Record<Reason, string> = {
  said: "it said so", last_will: "it was lost, as its last will says", silent: "silent for longer than usual", kicked: "it was thrown off", blocked: "it is blocked",
};

// What was stored before there were reasons has none, not even null.
export const offlineWords = (reason: Reason | null | undefined) => (reason ? `Offline: ${WHY[reason]}` : "Offline");

/** The same of a device as it is now: "Offline: silent for 12 min". */
export function offlineNow({ status_reason: reason, last_seen_at }: Pick<Device, "status_reason" | "last_seen_at">, now: number): string {
  return reason === "silent" ? `Offline: silent for ${spanWords(now - Date.parse(last_seen_at))}` : offlineWords(reason);
}
