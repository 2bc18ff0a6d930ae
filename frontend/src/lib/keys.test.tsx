import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";
import { runKey, switchKeys, useKey, useKnownKeys } from "./keys";

const done: string[] = [];

function Binds({ keys, says, applies = true, inDialog = false }: { keys: string; says: string; applies?: boolean; inDialog?: boolean }) {
  useKey(keys, says, () => (applies ? void done.push(says) : false), { inDialog });
  return null;
}

function Known() {
  return <p>{useKnownKeys().map(({ keys, label }) => `${keys}=${label}`).join(" ")}</p>;
}

afterEach(() => {
  done.length = 0;
  switchKeys(true);
});

test("a key does what was registered last, and is free again when that has gone", async () => {
  const frame = <Binds keys="b" says="frame" />;
  const { rerender } = render(<>{frame}<Binds key="page" keys="b" says="page" /></>);
  await userEvent.keyboard("b");
  rerender(<>{frame}</>);
  await userEvent.keyboard("b");
  rerender(<></>);
  await userEvent.keyboard("b");
  expect(done).toEqual(["page", "frame"]);
});

test("what does not apply leaves the key to the next", async () => {
  render(<><Binds keys="b" says="frame" /><Binds keys="b" says="page" applies={false} /></>);
  await userEvent.keyboard("b");
  expect(done).toEqual(["frame"]);
});

test("who writes is left alone", async () => {
  render(<><input aria-label="Search" /><Binds keys="b" says="block" /></>);
  await userEvent.type(screen.getByLabelText("Search"), "b");
  expect(done).toEqual([]);
  expect(screen.getByLabelText<HTMLInputElement>("Search").value).toBe("b");
});

test("one key after the other", async () => {
  render(<><Binds keys="g d" says="devices" /><Binds keys="d" says="d alone" /></>);
  await userEvent.keyboard("gd");
  expect(done).toEqual(["devices"]);
});

test("a dialog has the keyboard for itself, but for what it brings", async () => {
  render(<><dialog open aria-modal="true" /><Binds keys="b" says="page" /><Binds keys="a" says="dialog" inDialog /></>);
  await userEvent.keyboard("ba");
  expect(done).toEqual(["dialog"]);
});

test("keys can be switched off and on; a menu reaches what they do all the same", async () => {
  render(<Binds keys="?" says="help" />);
  switchKeys(false);
  await userEvent.keyboard("?");
  expect(done).toEqual([]);
  runKey("?");
  switchKeys(true);
  await userEvent.keyboard("?");
  expect(done).toEqual(["help", "help"]);
});

test("the help knows each key once, by what it does now", () => {
  render(<><Binds keys="/" says="Search" /><Binds keys="b" says="frame" /><Binds keys="b" says="Block" /><Known /></>);
  expect(screen.getByText("/=Search b=Block")).toBeTruthy();
});
