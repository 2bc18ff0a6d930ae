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

test("what this HomeGuard cannot do is told in its words", () => {
  expect(refusalWords(problem(501, "this broker has no dynamic security"), "rotate")).toBe("It has no new password. this broker has no dynamic security");
});

test("where a password may be lost, nothing else is claimed", () => {
  expect(refusalWords(new Unreachable("x"), "add")).toMatch(/give it a new password: this one is lost/);
  expect(refusalWords(new Unreachable("x"), "rotate")).toMatch(/nobody knows whether its password still works/);
  expect(refusalWords(problem(503, "the disk is full", [], 2), "rotate")).toMatch(/may work no more. Try again in 2 s/);
  expect(refusalWords(problem(503, "the broker is away", [], 2), "add")).toBe("It was not added. Try again in 2 s. (the broker is away)");
});
