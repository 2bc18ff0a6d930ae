import { expect, test } from "vitest";
import { makeDevice } from "./fixtures";
import { labelOf, otherFields, valueWords } from "./values";

test.each([
  ["battery_percent", { label: "battery", unit: "%" }],
  ["target_c", { label: "target", unit: "°C" }],
  ["night_vision", { label: "night vision", unit: "" }],
  ["_c", { label: " c", unit: "" }],
])("%s", (field, label) => {
  expect(labelOf(field)).toEqual(label);
});

test.each<[unknown, string, string]>([
  [81, "%", "81 %"], [20.456, "", "20.46"], [true, "", "yes"], [false, "", "no"], [null, "", "nothing"], ["standby", "", "standby"], [{ a: [1] }, "", '{"a":[1]}'],
])("%j reads as people write it", (value, unit, words) => {
  expect(valueWords(value, unit)).toBe(words);
});

test("a novel is cut", () => {
  expect(valueWords("x".repeat(60_000))).toHaveLength(201);
});

test("what a device said of itself beside what is known is kept, what it forgot is not", () => {
  expect(otherFields(makeDevice("cam-1", { name: "Hall", room: "Hall", floor: 2, colour: null }))).toEqual([["floor", 2], ["room", "Hall"]]);
});
