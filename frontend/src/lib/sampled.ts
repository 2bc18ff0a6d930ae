// Reads a store now and then: what changes a hundred times a second need not be drawn as often.
import { useSyncExternalStore } from "react";

interface Store<State> {
  getState: () => State;
  subscribe: (changed: () => void) => () => void;
}

/** Make a hook of what `read` makes of the store, at most `everyMs` old; `isSame` says what need not be drawn again. */
export function sampled<State, T>(
  store: Store<State>,
  read: (state: State) => T,
  everyMs: number,
  isSame: (one: T, other: T) => boolean = Object.is,
): () => T {
  const listeners = new Set<() => void>();
  let value = read(store.getState());
  let timer: ReturnType<typeof setTimeout> | undefined;
  let unsubscribe: (() => void) | undefined;

  function look() {
    const next = read(store.getState());
    if (!isSame(value, next)) value = next;
    return value;
  }

  function later() {
    timer ??= setTimeout(() => {
      timer = undefined;
      const before = value;
      if (look() !== before) for (const changed of listeners) changed();
    }, everyMs);
  }

  function subscribe(changed: () => void) {
    if (listeners.size === 0) {
      look();
      unsubscribe = store.subscribe(later);
    }
    listeners.add(changed);
    return () => {
      listeners.delete(changed);
      if (listeners.size > 0) return;
      unsubscribe?.();
      clearTimeout(timer);
      timer = undefined;
    };
  }

  const snapshot = () => (listeners.size === 0 ? look() : value); // nobody has followed the store meanwhile
  return function useSampled() {
    return useSyncExternalStore(subscribe, snapshot);
  };
}
