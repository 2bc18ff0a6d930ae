// Why a device is offline, in words.
import type { Device } from "../../lib/api/types";

type Reason = NonNullable<Device["status_reason"]>;

const WHY: Record<Reason, string> = {
  said: "it said so", last_will: "it was lost", silent: "silent for longer than usual", kicked: "it was thrown off", blocked: "it is blocked",
};

// What was stored before there were reasons has none, not even null.
export const offlineWords = (reason: Reason | null | undefined) => (reason ? `Offline: ${WHY[reason]}` : "Offline");
