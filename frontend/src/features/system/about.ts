// What runs: the server's own word, asked once, and the list that the build made of the page's packages.
import { useQuery } from "@tanstack/react-query";
import { ask, askOpenly } from "../../lib/api/client";
import type { Rest } from "../../lib/api/types";

export const useAbout = () =>
  useQuery({ queryKey: ["about"], queryFn: ({ signal }) => ask<Rest.About>("api/about", { signal }), staleTime: 60_000 });

/** A package of the page, as `vite build` lists them; `text` is its licence in full. */
export interface Bundled {
  name: string;
  version: string;
  identifier?: string;
  text?: string;
}

export const LICENCES = "licences.json"; // vite.config.ts names it so

export const useBundled = () =>
  useQuery({ queryKey: ["licences"], queryFn: ({ signal }) => listed(signal), staleTime: Number.POSITIVE_INFINITY });

async function listed(signal: AbortSignal): Promise<Bundled[]> {
  const packages = await askOpenly<Bundled[] | null>(LICENCES, { signal });
  if (!Array.isArray(packages)) throw new Error("This page was not built, so it has no list of its packages");
  return packages;
}
