import { expect, test } from "vitest";
import { place } from "./sparkline";

const points = (...values: [at: number, value: number][]) => values.map(([at, value]) => ({ at, value }));

test("the lowest stands at the bottom, the highest at the top, time runs to the right", () => {
  expect(place(points([0, 5], [50, 20], [100, 10]), 104, 34, 2)).toEqual([[2, 32], [52, 2], [102, 22]]);
});

test("what never changed is a level line through the middle", () => {
  expect(place(points([0, 7], [10, 7]), 104, 34, 2)).toEqual([[2, 17], [102, 17]]);
});

test("a single value stands at the right, where now is", () => {
  expect(place(points([5, 7]), 104, 34, 2)).toEqual([[102, 17]]);
});

test("nothing is nowhere", () => {
  expect(place([], 104, 34, 2)).toEqual([]);
});
