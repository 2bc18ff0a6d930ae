import { expect, test } from "vitest";
import { AT } from "./fixtures";
import { offlineNow, offlineWords } from "./presencewords";

test("why a device is offline is told, where that is known", () => {
  expect(offlineWords("last_will")).toBe("Offline: it was lost, as its last will says");
  expect(offlineWords("blocked")).toBe("Offline: it is blocked");
  expect(offlineWords(null)).toBe("Offline");
  expect(offlineWords(undefined)).toBe("Offline");
});

test("the silence of a silent device is told as it is now", () => {
  const now = Date.parse(AT) + 12 * 60_000;
  expect(offlineNow({ status_reason: "silent", last_seen_at: AT }, now)).toBe("Offline: silent for 12 min");
  expect(offlineNow({ status_reason: "said", last_seen_at: AT }, now)).toBe("Offline: it said so");
});
