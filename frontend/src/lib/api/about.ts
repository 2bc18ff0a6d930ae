// What runs, by the server's own word; asked once.
import { useQuery } from "@tanstack/react-query";
import { ask } from "./client";
import type { Rest } from "./types";

export const useAbout = () =>
  useQuery({ queryKey: ["about"], queryFn: ({ signal }) => ask<Rest.About>("api/about", { signal }), staleTime: 60_000 });
