// The keys of the page: who wants one says so by `useKey`, and the help lists them. One listener for all.
import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import { type Begun, keyOf, step, takesLetters } from "./keymatch";

export interface KeyBinding {
  /** As pressed: "/", "?", or one after the other: "g d". */
  keys: string;
  /** What it does, for the help. */
  label: string;
  /** Also while a dialog is open, which otherwise has the keyboard for itself. */
  inDialog: boolean;
  /** Returns false where it does not apply now: the key is then the browser's, or the next binding's. */
  run: () => void | false;
}

let bindings: readonly KeyBinding[] = []; // the newest last: of two with the same keys the page's wins over the frame's
const listeners = new Set<() => void>();

function change(next: readonly KeyBinding[]) {
  if (bindings.length === 0) document.addEventListener("keydown", pressed);
  if (next.length === 0) document.removeEventListener("keydown", pressed);
  bindings = next;
  for (const listener of listeners) listener();
}

function register(binding: KeyBinding) {
  change([...bindings, binding]);
  return () => change(bindings.filter((one) => one !== binding));
}

let begun: Begun | null = null;

function pressed(event: KeyboardEvent) {
  const key = keyOf(event);
  if (key === null || !areKeysOn() || takesLetters(event.target)) return;
  const usable = document.querySelector("[aria-modal=true]") ? bindings.filter((one) => one.inDialog) : bindings;
  const next = step(begun, key, event.timeStamp, usable.map((one) => one.keys));
  begun = next.begun;
  if (next.keys !== null && runFirst(usable, next.keys)) event.preventDefault();
}

const runFirst = (usable: readonly KeyBinding[], keys: string) =>
  usable.toReversed().some((one) => one.keys === keys && one.run() !== false);

/** Do what the keys would do, such as from a menu; also where keys are switched off. */
export const runKey = (keys: string) => void runFirst(bindings, keys);

export interface KeyOptions {
  isOn?: boolean;
  inDialog?: boolean;
}

/** Have `keys` do something while the component is there: `useKey("/", "Search", () => input.current?.focus())`. */
export function useKey(keys: string, label: string, run: () => void | false, { isOn = true, inDialog = false }: KeyOptions = {}) {
  const newest = useEffectEvent(run);
  useEffect(
    () => (isOn ? register({ keys, label, inDialog, run: () => newest() }) : undefined),
    [keys, label, isOn, inDialog],
  );
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** What can be pressed now, each once, in the order in which it was registered. */
export function useKnownKeys(): readonly KeyBinding[] {
  const all = useSyncExternalStore(subscribe, () => bindings);
  return [...new Map(all.map((one) => [one.keys, one])).values()];
}

// WCAG 2.1.4: keys of one character can be switched off, for whoever speaks to the page or slips. Remembered in this
// browser; where it keeps nothing (private windows of some), for as long as the page is open.
const REMEMBERED = "homeguard-keys";
let switchedOff: boolean | null = null;

function areKeysOn(): boolean {
  if (switchedOff === null) {
    try {
      switchedOff = window.localStorage.getItem(REMEMBERED) === "off";
    } catch {
      switchedOff = false;
    }
  }
  return !switchedOff;
}

export function switchKeys(on: boolean) {
  switchedOff = !on;
  try {
    window.localStorage.setItem(REMEMBERED, on ? "on" : "off");
  } catch {
    // kept in memory
  }
  for (const listener of listeners) listener();
}

export const useKeysOn = () => useSyncExternalStore(subscribe, areKeysOn);
