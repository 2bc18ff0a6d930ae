import { expect, test } from "vitest";
import type { Device } from "../../lib/api/types";
import { changesOf, changeWords, type DeviceEvent } from "./changes";
import { AT, makeBlock, makeDevice, makeReport, NO_BLOCK } from "./fixtures";

const changed = (before: Partial<Device>, after: Partial<Device>) => changeWords(makeDevice("cam-1", before), makeDevice("cam-1", after), AT);

const event = (seq: number, data: Partial<Device> = {}): DeviceEvent => ({
  type: "device_update", channel: "devices", seq, prev: 0, id: `e-${seq}`, at: AT, data: makeDevice("cam-1", data),
});
const removed = (seq: number): DeviceEvent => ({
  type: "device_removed", channel: "devices", seq, prev: 0, id: `e-${seq}`, at: AT, data: { id: "cam-1" },
});

test.each<[string, Partial<Device>, Partial<Device>]>([
  ["went offline", { status: "online" }, { status: "offline" }],
  ["went offline: silent for longer than usual", { status: "online" }, { status: "offline", status_reason: "silent" }],
  ["is offline: it is blocked", { status: "offline" }, { status: "offline", status_reason: "blocked" }],
  ["comes and goes more often than is shown", { status: "online" }, { status: "flapping" }],
  ["came online", {}, { status: "online" }],
  ["name Hall", {}, { name: "Hall" }],
  ["address 10.0.0.1 → 10.0.0.2", { ip: "10.0.0.1" }, { ip: "10.0.0.2" }],
  ["kind tv forgotten", { kind: "tv" }, {}],
  ["battery 81 → 80 %", { telemetry: { battery_percent: 81 } }, { telemetry: { battery_percent: 80 } }],
  ["lux 4", {}, { telemetry: { lux: 4 } }],
  ["lux is gone", { telemetry: { lux: 4 } }, { telemetry: {} }],
  ["room Hall → Attic", { room: "Hall" }, { room: "Attic" }],
])("%s", (words, before, after) => {
  expect(changed(before, after)).toEqual([words]);
});

test("a block is told as it was wished, then as each enforcer answers", () => {
  const wished = makeBlock("pending", { reason: "Port scan" });
  const enforced = { ...wished, reports: { firewall: makeReport("enforced", { took_ms: 23 }) } };
  const failed = { ...enforced, reports: { ...enforced.reports, broker: makeReport("failed", { detail: "no such client" }) } };
  expect(changed({ block: NO_BLOCK }, { block: wished })).toEqual(["blocked by admin: Port scan"]);
  expect(changed({ block: wished }, { block: enforced })).toEqual(["firewall: enforced in 23 ms"]);
  expect(changed({ block: enforced }, { block: failed })).toEqual(["broker: failed (no such client)"]);
});

test("a timed block tells its end, and that the timer ended it", () => {
  const wished = makeBlock("pending", { until: "2026-11-23T20:15:00Z" });
  expect(changed({}, { block: wished })[0]).toMatch(/^blocked by admin, until .*15/);
  expect(changed({ block: wished }, { block: { ...NO_BLOCK, command_id: "w-2", by: "timer" } })).toEqual(["unblocked: its time was over"]);
});

test("nothing changed is nothing to tell", () => {
  expect(changed({ telemetry: { a: [1] } }, { telemetry: { a: [1] } })).toEqual([]);
});

test("an event is compared with the one before it; the oldest waits until it is known that there is none", () => {
  const events = [event(3, { status: "offline" }), event(2, { status: "online" }), event(1)];
  expect(changesOf(events, false).map(({ words }) => words)).toEqual([["went offline"], ["came online"]]);
  expect(changesOf(events, true).at(-1)).toMatchObject({ seq: 1, words: ["was heard of for the first time"] });
  const trimmed = [event(1, { first_seen_at: "2025-01-01T00:00:00.000Z" })];
  expect(changesOf(trimmed, true).at(-1)).toMatchObject({ seq: 1, words: ["the oldest update that is kept"] });
});

test("a device that was removed and speaks again is a new one", () => {
  expect(changesOf([event(3), removed(2), event(1)], true).map(({ words }) => words[0])).toEqual([
    "was heard of again, as a new device", "was removed", "was heard of for the first time",
  ]);
});

test("a thousand fields at once are counted, not listed", () => {
  const telemetry = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`f${index}`, index]));
  const [change] = changesOf([event(2, { telemetry }), event(1)], true);
  expect(change?.words).toHaveLength(12);
  expect(change?.words.at(-1)).toBe("and 989 more");
});
