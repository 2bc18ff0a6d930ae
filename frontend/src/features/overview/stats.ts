// The server's numbers: asked once a minute, and when the page may have missed something. `moved.ts` moves them on.
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { ask } from "../../lib/api/client";
import type { Rest } from "../../lib/api/types";
import { useAlertsStore } from "../../stores/alerts";
import { pageMode, useLiveStore } from "../../stores/live";
import { forgetPulse, pulse } from "../../stores/pulse";
import { useTimed } from "../../lib/time";
import { alertsNow } from "./moved";

const EVERY_MS = 60_000;
const SOON_MS = 2_000; // many alerts acknowledged in one go are one question

const statsQuery = queryOptions({
  queryKey: ["stats"],
  queryFn: ({ signal }) => ask<Rest.Stats>("api/stats", { signal }),
  refetchInterval: EVERY_MS,
  staleTime: EVERY_MS / 2,
});

export const useStats = () => useQuery(statsQuery);

/** How many alerts of the last 24 hours nobody has acknowledged, looked at once a second; 0 until that is known. */
export function useUnacknowledged(): number {
  const { data } = useStats();
  return useTimed(() => (data ? alertsNow(data, pulse).unacknowledged : 0));
}

/** Keep the numbers true: once on the page. */
export function useFreshStats() {
  const client = useQueryClient();
  const { data } = useStats();
  useEffect(() => {
    if (data) forgetPulse(Date.parse(data.at));
  }, [data]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void client.invalidateQueries(statsQuery);
      }, SOON_MS);
    };
    const stops = [
      // What came while the socket was away may have been told as a snapshot, which counts no events.
      useLiveStore.subscribe((now, before) => {
        const [mode, was] = [pageMode(now), pageMode(before)];
        if (mode === "live" && was !== "live" && was !== "connecting") soon();
      }),
      // Who acknowledges an alert older than a day takes none away of the last 24 hours: the server knows.
      useAlertsStore.subscribe((now, before) => {
        if (now.acknowledgements !== before.acknowledgements) soon();
      }),
    ];
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [client]);
}
