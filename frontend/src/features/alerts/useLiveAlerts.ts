// The newest alerts; while somebody has scrolled away they stand still, and what comes is counted.
import { useEffect, useState } from "react";
import type { Alert } from "../../lib/api/types";
import { useAlertsStore } from "../../stores/alerts";
import { type AlertFilters, matches } from "./filters";

const AWAY_PX = 120; // less is a nudge; the top of the list is still in sight

interface LiveAlerts {
  live: readonly Alert[];
  /** How many that pass the filters wait above. */
  waiting: number;
  /** Go to the top and show them. */
  showNewest: () => void;
}

export function useLiveAlerts(filters: AlertFilters): LiveAlerts {
  const recent = useAlertsStore((state) => state.recent);
  const [held, setHeld] = useState<readonly Alert[] | null>(null);

  useEffect(() => {
    const look = () =>
      setHeld((before) => (window.scrollY <= AWAY_PX ? null : (before ?? useAlertsStore.getState().recent)));
    window.addEventListener("scroll", look, { passive: true });
    return () => window.removeEventListener("scroll", look);
  }, []);

  // Another journal: what is held is not in it.
  useEffect(
    () => useAlertsStore.subscribe((now) => now.recent.length === 0 && setHeld(null)),
    [],
  );

  return {
    live: held ?? recent,
    waiting: held === null ? 0 : countAbove(recent, held[0]?.seq ?? 0, filters),
    // They are shown when the scroll has happened: drawn before it, rows that are measured anew would move it back.
    showNewest: () => window.scrollTo({ top: 0 }),
  };
}

function countAbove(recent: readonly Alert[], seq: number, filters: AlertFilters): number {
  let count = 0;
  for (const alert of recent) {
    if (alert.seq <= seq) break;
    if (matches(alert, filters)) count++;
  }
  return count;
}
