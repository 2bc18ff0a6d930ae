// Which alerts are selected, by id: what joins a fold later was not seen when it was selected, and is not.
import { useCallback, useMemo, useState } from "react";
import type { Alert } from "../../lib/api/types";

const NONE: ReadonlySet<string> = new Set();

export function usePicked(alerts: readonly Alert[]) {
  const [chosen, setChosen] = useState(NONE);

  const pick = useCallback((ids: readonly string[], isPicked: boolean) => {
    setChosen((before) => {
      const next = new Set(before);
      for (const id of ids) if (isPicked) next.add(id); else next.delete(id);
      return next;
    });
  }, []);
  const clear = useCallback(() => setChosen(NONE), []);

  // What somebody else has acknowledged meanwhile, or is not in the list any more, is not selected any more.
  const picked = useMemo(() => {
    if (chosen.size === 0) return NONE;
    return new Set(alerts.filter((one) => one.acknowledged === null && chosen.has(one.id)).map((one) => one.id));
  }, [chosen, alerts]);

  return { picked, pick, clear };
}
