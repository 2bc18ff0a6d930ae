import { beforeEach, expect, test } from "vitest";
import { useToastsStore } from "./toasts";

const { push, dismiss, clear } = useToastsStore.getState();
const some = (count: number) => Array.from({ length: count }, (_, index) => ({ title: `toast ${index}` }));

beforeEach(clear);

test("three are shown at once, and the others are counted", () => {
  push(some(15));
  expect(useToastsStore.getState().shown.map((toast) => toast.title)).toEqual(["toast 0", "toast 1", "toast 2"]);
  expect(useToastsStore.getState().more).toBe(12);
});

test("what is counted is forgotten when the last one has gone", () => {
  push(some(4));
  for (const { id } of useToastsStore.getState().shown) dismiss(id);
  expect(useToastsStore.getState()).toMatchObject({ shown: [], more: 0 });
});

test("what says the same as one that is shown is added to it, and what stands for many is counted as many", () => {
  push([{ title: "scan", key: "scan" }, ...some(2)]);
  push([{ title: "scan", key: "scan", count: 4 }, { title: "reboot", key: "reboot", count: 7 }]);
  expect(useToastsStore.getState().shown.map(({ title, count }) => [title, count])).toEqual([["scan", 5], ["toast 0", 1], ["toast 1", 1]]);
  expect(useToastsStore.getState().more).toBe(7);
});
