// A device's updates, newest first, from REST; asked for again when the socket tells of another one.
import { type InfiniteData, useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useRef } from "react";
import { ask } from "../../lib/api/client";
import type { Device, Rest } from "../../lib/api/types";
import type { DeviceEvent } from "./changes";

const PAGE = 100;
const REFRESH_MS = 2_000; // at most, for each page that is open: a device may tell its temperature every second

type HistoryPage = Omit<Rest.History, "items"> & { items: DeviceEvent[] };

export interface History {
  events: readonly DeviceEvent[];
  /** False where older updates can still be loaded. */
  isAll: boolean;
  isLoading: boolean;
  isLoadingMore: boolean;
  error: Error | null;
  loadMore: () => void;
  retry: () => void;
}

export function useHistory(id: string, device: Device): History {
  const query = useInfiniteQuery({
    queryKey: ["device-history", id],
    queryFn: ({ pageParam, signal }) =>
      ask<HistoryPage>(`api/devices/${id}/history`, { query: { before: pageParam, limit: PAGE }, signal }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    select: together,
  });
  const { refetch, fetchNextPage } = query;
  useRefreshOn(device, () => void refetch({ cancelRefetch: false }), REFRESH_MS * Math.max(1, query.data?.pages ?? 1));
  return {
    events: query.data?.events ?? [],
    isAll: query.isSuccess && !query.hasNextPage,
    isLoading: query.isPending,
    isLoadingMore: query.isFetchingNextPage,
    error: query.error,
    loadMore: () => void fetchNextPage(),
    retry: () => void refetch(),
  };
}

const together = ({ pages }: InfiniteData<HistoryPage>) => ({ events: pages.flatMap(({ items }) => items), pages: pages.length });

/** Do something a while after `value` has changed, once for all changes until then. */
function useRefreshOn(value: unknown, refresh: () => void, ms: number) {
  const newest = useEffectEvent(refresh);
  const wait = useEffectEvent(() => ms);
  const first = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (value === first.current) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      newest();
    }, wait());
  }, [value]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}
