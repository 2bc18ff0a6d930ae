import { expect, test } from "vitest";
import { alertOf, dice } from "./fixtures";
import { fold, folding, openIds, rowsOf } from "./fold";

const counts = (alerts: Parameters<typeof fold>[0]) => fold(alerts).map((one) => one.alerts.length);

test.each(Array.from({ length: 20 }, (_, seed) => [seed]))("folding keeps every alert once, and the order (%i)", (seed) => {
  const next = dice(seed);
  const alerts = Array.from({ length: 40 }, (_, index) =>
    alertOf(40 - index, { reason: `reason ${next(2)}`, device_id: `cam-${next(2)}` }, next(4) === 0 ? "ada" : null),
  );
  const folds = fold(alerts);
  expect(folds.flatMap((one) => one.alerts)).toEqual(alerts);
  expect(new Set(folds.map((one) => one.key)).size).toBe(folds.length);
  const neighbours = folds.slice(1).map((one, index) => [folds[index]?.oldest, one.newest]);
  for (const [above, below] of neighbours) expect(counts([above, below].filter((one) => one !== undefined))).toEqual([1, 1]);
});

test("those next to each other that say the same are one", () => {
  expect(counts([alertOf(3), alertOf(2), alertOf(1)])).toEqual([3]);
  expect(counts([alertOf(3), alertOf(2, { reason: "Reboot" }), alertOf(1)])).toEqual([1, 1, 1]);
});

test.each([
  { device_id: "cam-2" }, { reason: "Reboot" }, { severity: "low" as const }, { category: "gap" }, { verified: false },
  { raised_by: "homeguard" as const },
])("what differs in %o is not folded", (data) => {
  expect(counts([alertOf(2), alertOf(1, data)])).toEqual([1, 1]);
});

test("what somebody has seen is not folded with what is open", () => {
  expect(counts([alertOf(2), alertOf(1, {}, "ada")])).toEqual([1, 1]);
  expect(openIds([alertOf(2), alertOf(1, {}, "ada")])).toEqual(["e-2"]);
});

test("a fold keeps its key while alerts join it at the top, and one that did not change stays the same object", () => {
  const next = folding();
  const before = [alertOf(2), alertOf(1, { reason: "Reboot" })];
  const [joined, same] = next(before);
  const [grown, still] = next([alertOf(3), ...before]);
  expect(grown?.key).toBe(joined?.key);
  expect(grown?.alerts).toHaveLength(2);
  expect(still).toBe(same);
});

test("unfolded, the alerts stand below the line of their fold", () => {
  const folds = fold([alertOf(3), alertOf(2), alertOf(1, { reason: "Reboot" })]);
  expect(rowsOf(folds, new Set()).map((row) => row.key)).toEqual(["e-2", "e-1"]);
  expect(rowsOf(folds, new Set(["e-2"])).map((row) => row.key)).toEqual(["e-2", "e-2/e-3", "e-2/e-2", "e-1"]);
  expect(rowsOf(folds, new Set(["e-1"])).map((row) => row.key)).toEqual(["e-2", "e-1"]);
});
