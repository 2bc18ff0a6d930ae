import { beforeEach, expect, test } from "vitest";
import { countUntil, forgetPulse, notePulse, pulse, resetPulse } from "./pulse";

const at = (second: number) => new Date(Date.UTC(2026, 10, 28, 20, 0, second)).toISOString();
const when = (second: number) => Date.parse(at(second));
const alert = (second: number) => ({ type: "new_alert", at: at(second) });

beforeEach(resetPulse);

test("events are noted by type, and what is none is not", () => {
  notePulse([alert(1), { type: "device_update", at: at(2) }, { type: "snapshot" }, { type: "heartbeat", at: at(3) }]);
  expect(pulse).toEqual({ new_alert: [when(1)], alert_acknowledged: [], device_update: [when(2)], device_removed: [] });
});

test("what was forgotten does not come back when it is told late", () => {
  notePulse([alert(1), alert(2), alert(3)]);
  forgetPulse(when(2));
  notePulse([alert(2), alert(4)]);
  expect(pulse.new_alert).toEqual([when(3), when(4)]);
});

test("a storm between two answers does not fill the memory", () => {
  notePulse(Array.from({ length: 250_000 }, () => alert(1)));
  expect(pulse.new_alert.length).toBeLessThanOrEqual(100_000);
});

test("how many came until a moment", () => {
  expect([0, 1, 2, 3, 9].map((moment) => countUntil([1, 2, 2, 5], moment))).toEqual([0, 1, 3, 3, 4]);
});
