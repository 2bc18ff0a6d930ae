import { expect, test } from "vitest";
import type { DeviceEvent } from "./changes";
import { makeDevice } from "./fixtures";
import { lineWords, readings } from "./series";

const minute = (number: number) => `2026-11-23T20:0${number}:00.000Z`;
const event = (number: number, telemetry: Record<string, unknown>): DeviceEvent => ({
  type: "device_update", channel: "devices", seq: number, prev: 0, id: `e-${number}`, at: minute(number), data: makeDevice("cam-1", { telemetry }),
});
const EVENTS = [event(2, { lux: 5, mode: "day" }), event(1, { lux: 4 }), event(0, { lux: "dark" })];
const now = (number: number, lux: number) => makeDevice("cam-1", { telemetry: { lux, mode: "day" }, last_seen_at: minute(number) });

test("numbers are points in time, oldest first; what was no number then is left out", () => {
  const [lux, mode] = readings(now(2, 5), EVENTS);
  expect(lux?.points).toEqual([{ at: Date.parse(minute(1)), value: 4 }, { at: Date.parse(minute(2)), value: 5 }]);
  expect(mode).toEqual({ field: "mode", label: "mode", words: "day", points: [] });
});

test("what the socket has told and history has not yet is the last point", () => {
  const [lux] = readings(now(3, 9), EVENTS);
  expect(lux?.points.map(({ value }) => value)).toEqual([4, 5, 9]);
});

test("a line is told in words", () => {
  const [lux] = readings(now(3, 9), EVENTS);
  expect(lux && lineWords(lux)).toBe("lux: 3 values between 4 and 9, now 9");
});
