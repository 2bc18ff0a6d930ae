// One client for what REST is asked: history, users, rejects. What is live comes over the socket.
import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "../lib/api/client";
import { useAuthStore } from "../stores/auth";

const MAX_RETRIES = 2;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What was refused will be refused again; who did not answer, or is busy, may answer the next time.
      retry: (failures, error) => failures < MAX_RETRIES && !(error instanceof ApiProblem && error.status < 500),
    },
  },
});

// The next one who signs in here may be somebody else, and see less.
useAuthStore.subscribe(({ status }, before) => {
  if (status === "signed-out" && before.status !== "signed-out") queryClient.clear();
});
