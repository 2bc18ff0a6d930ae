import { expect, test } from "vitest";
import type { Block } from "../../lib/api/types";
import type { Pulse } from "../../stores/pulse";
import { alertsNow, homeOf, MINUTE, minutesNow, rateOf, serverNow } from "./moved";

const START = Date.UTC(2026, 10, 28, 20, 0, 0);
const at = (second: number) => START + second * 1_000;
const QUIET: Pulse = { new_alert: [], alert_acknowledged: [], device_update: [], device_removed: [] };
const minute = (number: number, alerts: number, devices: number) => ({ at: new Date(START + number * MINUTE).toISOString(), alerts, devices });
const BY_SEVERITY = { info: 0, low: 0, medium: 10, high: 0, critical: 0 };
const stats = {
  at: new Date(at(30)).toISOString(), // in the middle of minute 0
  alerts_24h: { total: 10, unacknowledged: 4, by_severity: BY_SEVERITY },
  minutes: [minute(-1, 2, 8), minute(0, 1, 3)],
};

test("alerts that the server has counted are not counted again, later ones are", () => {
  expect(alertsNow(stats, { ...QUIET, new_alert: [at(10), at(30), at(31), at(90)] })).toEqual({ total: 12, unacknowledged: 6 });
});

test("who acknowledges takes one away, and never more than there are", () => {
  expect(alertsNow(stats, { ...QUIET, alert_acknowledged: [at(20), at(31)] }).unacknowledged).toBe(3);
  expect(alertsNow(stats, { ...QUIET, alert_acknowledged: [31, 32, 33, 34, 35, 36].map(at) }).unacknowledged).toBe(0);
});

test("the running minute goes on from where the server counted", () => {
  const minutes = minutesNow(stats, { ...QUIET, new_alert: [at(5), at(40)], device_update: [at(29), at(59)] }, at(59));
  expect(minutes).toHaveLength(60);
  expect(minutes.slice(-2)).toEqual([{ at: at(-60), alerts: 2, devices: 8 }, { at: at(0), alerts: 2, devices: 4 }]);
});

test("minutes move on while the server is not asked", () => {
  const pulse = { ...QUIET, device_update: [at(59.999), at(60), at(130)], device_removed: [at(61)], alert_acknowledged: [at(62)] };
  expect(minutesNow(stats, pulse, at(150)).slice(-4)).toEqual([
    { at: at(-60), alerts: 2, devices: 8 },
    { at: at(0), alerts: 1, devices: 4 },
    { at: at(60), alerts: 1, devices: 2 },
    { at: at(120), alerts: 0, devices: 1 },
  ]);
});

test("whatever the moment of the answer, each event is counted once", () => {
  const events = Array.from({ length: 200 }, (_, index) => at(index * 1.7));
  for (let answered = 0; answered < 340; answered += 13) {
    const counted = events.filter((event) => event <= at(answered));
    const minutes = [0, 1, 2, 3, 4, 5].map((number) =>
      minute(number, 0, counted.filter((event) => Math.floor((event - START) / MINUTE) === number).length),
    );
    const now = minutesNow({ at: new Date(at(answered)).toISOString(), minutes }, { ...QUIET, device_update: events }, at(340));
    expect(now.reduce((sum, { devices }) => sum + devices, 0)).toBe(200);
  }
});

test("one event is one a minute, for a minute", () => {
  const pulse = { ...QUIET, new_alert: [at(50)] };
  expect([55, 65, 119, 121].map((second) => rateOf(minutesNow({ ...stats, minutes: [] }, pulse, at(second)), at(second)))).toEqual([1, 1, 0, 0]);
});

test("the server's clock counts, not the reader's", () => {
  expect(serverNow(stats, 1_000, 6_000)).toBe(at(35));
});

const device = (status: "online" | "offline" | null, state: Block["state"]) => ({ status, block: { state } as Block });

test("a device counts as blocked from the wish on, until it is free again", () => {
  expect(homeOf([device("online", "none"), device("offline", "pending"), device(null, "releasing")])).toEqual({ known: 3, online: 1, blocked: 2 });
});
