// What pops up for a moment: at most three at once, and how many more there were.
import { create } from "zustand";

export const MAX_SHOWN = 3;

export interface Toast {
  id: number;
  title: string;
  message?: string;
  color?: string;
  /** Where a click leads. */
  href?: string;
}

interface ToastsState {
  shown: readonly Toast[];
  /** How many came while three were shown; told as "12 more", and forgotten when the last one has gone. */
  more: number;
  push: (toasts: readonly Omit<Toast, "id">[]) => void;
  dismiss: (id: number) => void;
  clear: () => void;
}

let lastId = 0;

export const useToastsStore = create<ToastsState>()((set) => ({
  shown: [],
  more: 0,
  push: (toasts) =>
    set(({ shown, more }) => {
      const room = Math.max(0, MAX_SHOWN - shown.length);
      const fresh = toasts.slice(0, room).map((toast) => ({ ...toast, id: ++lastId }));
      return { shown: [...shown, ...fresh], more: more + toasts.length - fresh.length };
    }),
  dismiss: (id) =>
    set(({ shown, more }) => {
      const left = shown.filter((toast) => toast.id !== id);
      return { shown: left, more: left.length === 0 ? 0 : more };
    }),
  clear: () => set({ shown: [], more: 0 }),
}));

export const toast = (one: Omit<Toast, "id">) => useToastsStore.getState().push([one]);

/** Say what went wrong, in the words of whoever refused. */
export const toastError = (title: string, error: unknown) =>
  toast({ title, message: error instanceof Error ? error.message : String(error), color: "red" });
