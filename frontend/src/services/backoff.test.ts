import { expect, test } from "vitest";
import { Backoff } from "./backoff";

const windows = (backoff: Backoff, count: number) => Array.from({ length: count }, () => backoff.next());

test("the window doubles up to fifteen seconds, and never ends", () => {
  expect(windows(new Backoff(() => 1), 7)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  expect(windows(new Backoff(() => 1), 2_000).at(-1)).toBe(15_000);
});

test("the moment is anywhere in the window", () => {
  expect(windows(new Backoff(() => 0), 5)).toEqual([0, 0, 0, 0, 0]);
  expect(windows(new Backoff(() => 0.5), 3)).toEqual([250, 500, 1_000]);
});

test("where the server asks for it, it waits for what was asked, and longer", () => {
  const backoff = new Backoff(() => 0.5);
  expect(backoff.nextLonger(20)).toBe(20_000 + 2_000);
  expect(backoff.nextLonger()).toBe(1_000 + 4_000);
});

test("after a good connection it begins again", () => {
  const backoff = new Backoff(() => 1);
  windows(backoff, 5);
  backoff.reset();
  expect(backoff.next()).toBe(500);
});
