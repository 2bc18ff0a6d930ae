import { expect, test } from "vitest";
import { minuteWords, relativeWords, spanWords } from "./time";

const NOW = Date.parse("2026-11-23T20:00:00Z");
const before = (seconds: number) => relativeWords(new Date(NOW - seconds * 1_000).toISOString(), NOW);

test.each([
  [0, "just now"], [4, "just now"], [-4, "just now"], [12, "12 s ago"], [59, "59 s ago"], [60, "1 min ago"], [3_599, "59 min ago"],
  [7_200, "2 h ago"], [3 * 86_400, "3 d ago"], [-90, "in 1 min"],
])("%i s before now is %s", (seconds, words) => {
  expect(before(seconds)).toBe(words);
});

test("what is long ago is told by its date", () => {
  expect(before(400 * 86_400)).toMatch(/2025/);
});

test("a time that is none is said to be unknown", () => {
  expect(relativeWords("yesterday", NOW)).toBe("at an unknown time");
});

test("a span is never negative", () => {
  expect(spanWords(-5_000)).toBe("0 s");
});

test("the day is told where it is another one", () => {
  expect(minuteWords("2026-11-23T20:05:00Z", NOW)).not.toMatch(/2026/);
  expect(minuteWords("2026-11-26T20:05:00Z", NOW)).toMatch(/2026/);
});
