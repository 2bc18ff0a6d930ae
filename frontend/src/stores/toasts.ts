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
  /** How many it stands for. */
  count: number;
  /** Where one with the same is shown, this one is added to it. */
  key?: string;
}

export type NewToast = Omit<Toast, "id" | "count"> & { count?: number };

interface ToastsState {
  shown: readonly Toast[];
  /** How many came while three were shown; told as "12 more", and forgotten when the last one has gone. */
  more: number;
  push: (toasts: readonly NewToast[]) => void;
  dismiss: (id: number) => void;
  clear: () => void;
}

let lastId = 0;

export const useToastsStore = create<ToastsState>()((set) => ({
  shown: [],
  more: 0,
  push: (toasts) =>
    set((before) => {
      const shown = [...before.shown];
      let more = before.more;
      for (const { count = 1, ...toast } of toasts) {
        const same = shown.findIndex((one) => one.key !== undefined && one.key === toast.key);
        const known = shown[same];
        if (known) shown[same] = { ...known, ...toast, count: known.count + count };
        else if (shown.length < MAX_SHOWN) shown.push({ ...toast, count, id: ++lastId });
        else more += count;
      }
      return { shown, more };
    }),
  dismiss: (id) =>
    set(({ shown, more }) => {
      const left = shown.filter((toast) => toast.id !== id);
      return { shown: left, more: left.length === 0 ? 0 : more };
    }),
  clear: () => set({ shown: [], more: 0 }),
}));

export const toast = (one: NewToast) => useToastsStore.getState().push([one]);

/** Say what went wrong, in the words of whoever refused. */
export const toastError = (title: string, error: unknown) =>
  toast({ title, message: error instanceof Error ? error.message : String(error), color: "red" });
