import { afterEach, expect, test } from "vitest";
import { keyOf, type Pressed, step, takesLetters } from "./keymatch";

const KNOWN = ["/", "b", "g d", "g a"];
const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, repeat: false, isComposing: false, defaultPrevented: false, ...more,
});

afterEach(() => document.body.replaceChildren());

test("a key that is known is complete at once", () => {
  expect(step(null, "b", 0, KNOWN)).toEqual({ keys: "b", begun: null });
  expect(step(null, "x", 0, KNOWN)).toEqual({ keys: null, begun: null });
});

test("a sequence is complete with its last key", () => {
  const { begun } = step(null, "g", 100, KNOWN);
  expect(begun).toEqual({ keys: "g", at: 100 });
  expect(step(begun, "d", 600, KNOWN)).toEqual({ keys: "g d", begun: null });
});

test("a slip after the first key of a sequence does nothing", () => {
  expect(step({ keys: "g", at: 0 }, "b", 100, KNOWN)).toEqual({ keys: null, begun: null });
});

test("a sequence that rested too long begins anew", () => {
  expect(step({ keys: "g", at: 0 }, "b", 5_000, KNOWN).keys).toBe("b");
});

test("modifiers, repeats, composing and what somebody else took are none of ours", () => {
  const others: Partial<Pressed>[] = [
    { ctrlKey: true }, { altKey: true }, { metaKey: true }, { repeat: true }, { isComposing: true }, { defaultPrevented: true },
  ];
  expect(others.map((more) => keyOf(press("b", more)))).toEqual(others.map(() => null));
  expect(keyOf(press("Enter"))).toBeNull();
});

test("caps lock is no shift, and what needs shift is itself", () => {
  expect(keyOf(press("B"))).toBe("b");
  expect(keyOf(press("B", { shiftKey: true }))).toBe("B");
  expect(keyOf(press("?", { shiftKey: true }))).toBe("?");
});

test.each([
  ["<input>", true],
  ["<input type=search>", true],
  ["<textarea></textarea>", true],
  ["<select></select>", true],
  ["<div contenteditable></div>", true],
  ["<input type=checkbox>", false],
  ["<button></button>", false],
  ["<div contenteditable=false></div>", false],
])("%s takes letters: %s", (html, expected) => {
  document.body.innerHTML = html;
  expect(takesLetters(document.body.firstElementChild)).toBe(expected);
});
