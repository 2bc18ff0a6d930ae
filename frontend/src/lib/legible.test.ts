import { expect, test } from "vitest";
import { legible } from "./legible";

test("what cannot be seen, or turns the line around, is written out", () => {
  expect(legible("cam\u202e1\u0000\u001b[31m\u200b")).toBe("cam\\u202e1\\u0000\\u001b[31m\\u200b");
});

test("words of any language, line breaks and tabs stay", () => {
  expect(legible("Tür\toffen\nדלת 门 🚪")).toBe("Tür\toffen\nדלת 门 🚪");
});
