// Reading and changing who may sign in. Whoever changes oneself is signed out by the server, and told why here.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ask } from "../../../lib/api/client";
import type { Rest } from "../../../lib/api/types";
import { endSession } from "../../../services/session";
import { toast } from "../../../stores/toasts";

const KEY = ["users"];

export const useUsers = () => useQuery({ queryKey: KEY, queryFn: ({ signal }) => ask<Rest.Users>("api/users", { signal }) });

export const addUser = (body: Rest.NewUser) => ask("api/users", { method: "POST", body });

export const changeUser = (username: string, body: Rest.UserChange) => ask(pathOf(username), { method: "PATCH", body });

export const removeUser = (username: string) => ask(pathOf(username), { method: "DELETE" });

const pathOf = (username: string) => `api/users/${encodeURIComponent(username)}`;

export interface Done {
  /** Said in a corner. */
  told: string;
  /** Said to oneself at the door, where this has ended one's own session. */
  ended?: string | undefined;
}

/** Change something by a form: then read the list anew, say it, and close the dialog. */
export function useChange(change: (form: FormData) => Promise<unknown>, done: (form: FormData) => Done, close: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async (_, form) => {
      const { told, ended } = done(form);
      if (ended !== undefined) {
        endSession(ended);
        return;
      }
      close();
      toast({ title: told });
      await queries.invalidateQueries({ queryKey: KEY });
    },
  });
}
