import { expect, test } from "vitest";
import { ApiProblem, Unreachable } from "../../lib/api/client";
import { refusalWords } from "./refusals";

const problem = (status: number, detail: string, ...rest: [{ field: string; message: string }[]?, number?]) =>
  new ApiProblem(status, "about:blank", detail, ...rest);

test("what could not be stored is not blocked, and may be tried again", () => {
  expect(refusalWords(problem(503, "the disk is full", [], 2), "block")).toBe(
    "It could not be stored. It is not blocked. Try again in 2 s. (the disk is full)",
  );
});

test("where nobody answers nothing is claimed", () => {
  expect(refusalWords(new Unreachable("x"), "block")).toMatch(/nobody knows/);
});

test("a blocked device is not removed, and says why", () => {
  expect(refusalWords(problem(409, "cam-1 is blocked"), "remove")).toMatch(/Unblock it first/);
});

test("a wrong field is named", () => {
  expect(refusalWords(problem(422, "no", [{ field: "minutes", message: "is too large" }]), "block")).toBe(
    "It is not blocked. minutes: is too large",
  );
});
