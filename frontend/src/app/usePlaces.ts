// The pages that are for whoever is signed in.
import { useMemo } from "react";
import { useAuthStore } from "../stores/auth";
import { placesOf } from "./places";

export function usePlaces() {
  const channels = useAuthStore(({ user }) => user?.channels);
  return useMemo(() => placesOf(channels ?? []), [channels]);
}
