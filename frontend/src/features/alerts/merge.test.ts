import { expect, test } from "vitest";
import { alertOf, dice } from "./fixtures";
import { merge, withAcknowledgement } from "./merge";

const seqs = (alerts: readonly { seq: number }[]) => alerts.map(({ seq }) => seq);
const some = (next: (limit: number) => number) =>
  Array.from({ length: 30 }, (_, index) => 30 - index).filter(() => next(3) > 0).map((seq) => alertOf(seq));

test.each(Array.from({ length: 20 }, (_, seed) => [seed]))("each is there once and in order, whatever is in both (%i)", (seed) => {
  const next = dice(seed);
  const [live, history] = [some(next), some(next)];
  const expected = [...new Set([...seqs(live), ...seqs(history)])].toSorted((one, other) => other - one);
  const merged = merge(live, history, {});
  expect(seqs(merged)).toEqual(expected);
  expect(merge(merged, history, {})).toEqual(merged);
  expect(merge(live, merged, {})).toEqual(merged);
});

test("whoever knows that an alert was seen is believed", () => {
  const [open, seen] = [alertOf(1), alertOf(1, {}, "ada")];
  expect(merge([open], [seen], {})).toEqual([seen]);
  expect(merge([seen], [open], {})).toEqual([seen]);
  expect(merge([], [open], { "e-1": { by: "ada", at: seen.at } })).toEqual([seen]);
});

test("what did not change stays the same object, also with an acknowledgement told apart", () => {
  const alert = alertOf(1);
  expect(merge([alert], [], {})[0]).toBe(alert);
  const known = { "e-1": { by: "ada", at: alert.at } };
  expect(withAcknowledgement(alert, known)).toBe(withAcknowledgement(alert, { ...known }));
});
