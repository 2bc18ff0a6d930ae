// The list of alerts: what comes live at the top, history below, and no hole between them.
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { ask } from "../../lib/api/client";
import type { Alert } from "../../lib/api/types";
import { useAlertsStore } from "../../stores/alerts";
import { type AlertFilters, askedOf, matches } from "./filters";
import { merge } from "./merge";

const PAGE = 100;

interface HistoryPage {
  items: Alert[];
  next: number | null;
  /** History is complete up to here. */
  asOf: number;
}

async function readPage(filters: AlertFilters, before: number | null, signal: AbortSignal): Promise<HistoryPage> {
  // What is shown live is on disk, so an answer to a question asked now has it, where the filters let it through.
  const shown = useAlertsStore.getState().recent[0]?.seq ?? 0;
  const query = { ...askedOf(filters), before, limit: PAGE };
  const { items, next } = await ask<Omit<HistoryPage, "asOf">>("api/alerts", { query, signal });
  return { items, next, asOf: Math.max(shown, items[0]?.seq ?? 0) };
}

export interface AlertList {
  /** Newest first, each once. */
  alerts: readonly Alert[];
  isLoading: boolean;
  error: Error | null;
  hasMore: boolean;
  loadMore: () => void;
  retry: () => void;
}

/** Follow the alerts that pass the filters; `live` are those of the store, or those that it had a while ago. */
export function useAlerts(filters: AlertFilters, live: readonly Alert[]): AlertList {
  const client = useQueryClient();
  const acknowledgements = useAlertsStore((state) => state.acknowledgements);
  const queryKey = useMemo(() => ["alerts", "list", filters], [filters]);
  const history = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => readPage(filters, pageParam, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => last.next,
    staleTime: Infinity, // what was said stays true; what changes comes live
    gcTime: 0, // the next visit begins anew
  });
  const { data, isFetching, hasNextPage, fetchNextPage, refetch } = history;

  // The store keeps only so many: in a storm, or when the socket came later than the first page, its oldest alert may
  // be newer than all of history, with others between. Then history is read anew, and not shown before it is.
  const first = data?.pages[0];
  const oldestLive = live.at(-1)?.seq;
  const hasHole = first !== undefined && oldestLive !== undefined && oldestLive > first.asOf;
  useEffect(() => {
    if (!hasHole) return;
    client.setQueryData<typeof data>(queryKey, (old) => old && { pages: old.pages.slice(0, 1), pageParams: old.pageParams.slice(0, 1) });
    void refetch();
  }, [client, hasHole, queryKey, refetch]);

  // Another journal: nothing that was shown is in it.
  useEffect(
    () =>
      useAlertsStore.subscribe((now, before) => {
        if (now.recent.length === 0 && before.recent.length > 0) void client.resetQueries({ queryKey });
      }),
    [client, queryKey],
  );

  const past = useMemo(() => (hasHole ? [] : (data?.pages.flatMap((page) => page.items) ?? [])), [data, hasHole]);
  const alerts = useMemo(
    () => merge(live, past, acknowledgements).filter((alert) => matches(alert, filters)),
    [live, past, acknowledgements, filters],
  );
  return {
    alerts,
    isLoading: isFetching,
    error: history.error,
    hasMore: hasNextPage,
    loadMore: () => void fetchNextPage(),
    retry: () => void (data && !hasHole ? fetchNextPage() : refetch()),
  };
}
