// The page's own packages, as the build has listed them.
import { useQuery } from "@tanstack/react-query";
import { askOpenly } from "../../lib/api/client";

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
