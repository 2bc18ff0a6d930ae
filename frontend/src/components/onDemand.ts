// What opens over the page (menus, dialogs) is loaded when it is first wanted, so that the first load stays small.
import { type ComponentType, useCallback, useState } from "react";
import { toastError } from "../stores/toasts";

type Load<P> = () => Promise<{ default: ComponentType<P> }>;

/** The component once it is there, and what loads it. Where it cannot be loaded that is said, and the page stands. */
export function useOnDemand<P>(load: Load<P>): [ComponentType<P> | null, () => void] {
  const [loaded, setLoaded] = useState<ComponentType<P> | null>(null);
  const want = useCallback(async () => {
    try {
      const { default: component } = await load();
      setLoaded(() => component);
    } catch (error) {
      toastError("A part of the page could not be loaded", error);
    }
  }, [load]);
  return [loaded, useCallback(() => void want(), [want])];
}
