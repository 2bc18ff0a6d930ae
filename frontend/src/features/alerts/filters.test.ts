import { expect, test } from "vitest";
import { askedOf, isFiltered, matches, NO_FILTERS, readFilters, routeOf } from "./filters";
import { alertOf } from "./fixtures";

const all = { severity: "high", device: "cam-1", state: "open", q: "port & scan" } as const;

test("the route says the filters, and they are read back from it", () => {
  expect(routeOf(all)).toBe("/alerts?severity=high&device=cam-1&state=open&q=port+%26+scan");
  expect(readFilters(routeOf(all).split("?")[1] ?? "")).toEqual(all);
  expect(routeOf(NO_FILTERS)).toBe("/alerts");
  expect(routeOf(NO_FILTERS, "a/b&c")).toBe("/alerts?alert=a%2Fb%26c");
});

test("what is no filter is left out", () => {
  expect(readFilters("severity=worst&state=maybe&device=&q=%20%20&alert=e-1")).toEqual(NO_FILTERS);
  expect(readFilters(`q=${"x".repeat(500)}`).q).toHaveLength(100);
  expect(isFiltered(readFilters("alert=e-1"))).toBe(false);
  expect(isFiltered(readFilters("q=x"))).toBe(true);
});

test("the server is asked the same", () => {
  expect(askedOf(all)).toEqual({ severity: "high", device_id: "cam-1", acknowledged: false, q: "port & scan" });
  expect(askedOf({ ...NO_FILTERS, state: "acknowledged" })).toMatchObject({ acknowledged: true });
  expect(askedOf(NO_FILTERS)).toMatchObject({ acknowledged: null });
});

test.each([
  ["severity=high", true], ["severity=low", false], ["device=cam-1", true], ["device=cam-2", false], ["state=open", true],
  ["state=acknowledged", false], ["q=PORT", true], ["q=cam-", true], ["q=network", true], ["q=door", false], ["", true],
])("of a high alert of cam-1 that is open, %s shows it: %s", (search, expected) => {
  expect(matches(alertOf(1, { category: "Network" }), readFilters(search))).toBe(expected);
});

test("an alert that somebody has seen is no open one", () => {
  expect(matches(alertOf(1, {}, "ada"), readFilters("state=open"))).toBe(false);
  expect(matches(alertOf(1, {}, "ada"), readFilters("state=acknowledged"))).toBe(true);
});
