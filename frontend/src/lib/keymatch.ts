// What a pressed key means: pure, so that it is tested without a page. `lib/keys.ts` listens.

const SEQUENCE_MS = 1_500; // between the keys of "g d"; later ones begin anew

/** The keys of a sequence that have come so far ("g" of "g d"), and when. */
export interface Begun {
  keys: string;
  at: number;
}

export interface Step {
  /** What was completed: "/" or "g d"; null where nothing was. */
  keys: string | null;
  begun: Begun | null;
}

const NOTHING: Step = { keys: null, begun: null };

/** Take one more key. What goes on after a begun sequence and is none does nothing: a slip must not block a device. */
export function step(before: Begun | null, key: string, at: number, known: readonly string[]): Step {
  const keys = before && at - before.at <= SEQUENCE_MS ? `${before.keys} ${key}` : key;
  if (known.includes(keys)) return { keys, begun: null };
  return known.some((one) => one.startsWith(`${keys} `)) ? { keys: null, begun: { keys, at } } : NOTHING;
}

export type Pressed = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey" | "repeat" | "isComposing" | "defaultPrevented">;

/** Name the key, or tell that it is none of ours: with a modifier it is the browser's, while composing the writer's. */
export function keyOf(event: Pressed): string | null {
  if (event.defaultPrevented || event.isComposing || event.repeat) return null;
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  if (event.key.length !== 1) return null; // "Shift", "Enter", "Dead"
  return event.shiftKey ? event.key : event.key.toLowerCase(); // caps lock is no shift
}

// Where letters are text, or choose by typing ahead.
const TAKES_LETTERS = [
  "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=range])",
  "textarea, select",
  "[contenteditable]:not([contenteditable=false])",
  "[role=textbox], [role=searchbox], [role=combobox], [role=listbox], [role=menu]",
].join(", ");

/** Say whether whoever presses a key here means to write. */
export const takesLetters = (target: EventTarget | null) => target instanceof Element && target.closest(TAKES_LETTERS) !== null;
