// Where somebody is signed in, and ending it.
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { ApiProblem, ask } from "./client";
import type { Rest } from "./types";

const PAGE = 50;
const REFRESH_MS = 10_000;

const keyOf = (username: string) => ["sessions", username];

const page = (username: string, before: string | null, signal?: AbortSignal) =>
  ask<Rest.Sessions>("api/sessions", { query: { username, before, limit: PAGE }, ...(signal && { signal }) });

export const useSessions = (username: string) =>
  useInfiniteQuery({
    queryKey: keyOf(username),
    queryFn: ({ pageParam, signal }) => page(username, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: REFRESH_MS,
  });

/** End one session, or all of a user but the one that asks; then read the list anew, also where something was refused. */
export function useEndSessions(username: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (id: string | "others") => {
      if (id !== "others") return end(id);
      for (const other of await others(username)) await end(other);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keyOf(username) }),
  });
}

async function end(id: string): Promise<void> {
  try {
    await ask(`api/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
  } catch (error) {
    if (!(error instanceof ApiProblem && error.status === 404)) throw error; // it has ended by itself
  }
}

async function others(username: string): Promise<string[]> {
  const ids: string[] = [];
  let before: string | null = null;
  do {
    const { items, next }: Rest.Sessions = await page(username, before);
    ids.push(...items.filter(({ current }) => !current).map(({ id }) => id));
    before = next;
  } while (before !== null);
  return ids;
}
