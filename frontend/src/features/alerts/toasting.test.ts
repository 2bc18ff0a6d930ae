import { expect, test } from "vitest";
import { alertOf } from "./fixtures";
import { addAway, newsOf, toastOfAway, toastsOf } from "./toasting";

const recent = [alertOf(4), alertOf(3, {}, "ada"), alertOf(2), alertOf(1)];
const now = Date.parse(alertOf(4).at);

test("what is new is what came after, is not seen yet, and did not wait for long", () => {
  expect(newsOf(recent, 1, now).map(({ seq }) => seq)).toEqual([2, 4]);
  expect(newsOf(recent, 4, now)).toEqual([]);
  expect(newsOf(recent, 0, now + 3_600_000)).toEqual([]);
});

test("those that say the same are one toast with a count, that leads to the newest", () => {
  const toasts = toastsOf([alertOf(1), alertOf(2, { reason: "Reboot", severity: "low" }), alertOf(3)]);
  expect(toasts).toMatchObject([
    { title: "New alert: Port scan", message: "cam-1, high", count: 2, href: "/alerts?alert=e-3" },
    { title: "New alert: Reboot", message: "cam-1, low", count: 1, href: "/alerts?alert=e-2" },
  ]);
});

test("what came while nobody looked is told as a number, with the worst of it", () => {
  const away = addAway(addAway(null, [alertOf(1, { severity: "critical", reason: "Glass" })]), [alertOf(2), alertOf(3)]);
  expect(away && toastOfAway(away)).toMatchObject({
    title: "3 alerts while you were away", message: "The worst: Glass (cam-1, critical)", href: "/alerts",
  });
});

test("a single one is told by itself, and opened by a click", () => {
  const away = addAway(null, [alertOf(1)]);
  expect(away && toastOfAway(away)).toMatchObject({ title: "1 alert while you were away", href: "/alerts?alert=e-1" });
});
