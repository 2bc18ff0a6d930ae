// What changes one's own account; the server ends the sessions of whoever changes, so one has to sign in again.
import { ask } from "../lib/api/client";
import type { Rest } from "../lib/api/types";
import { useAuthStore } from "../stores/auth";
import { endSession } from "./session";

/** Set one's own password, and return to sign in. Throws `ApiProblem` or `Unreachable`. */
export async function changeOwnPassword(current: string, password: string): Promise<void> {
  const { user } = useAuthStore.getState();
  const body = { password, current_password: current } satisfies Rest.UserChange;
  await ask(`api/users/${encodeURIComponent(user?.username ?? "")}`, { method: "PATCH", body });
  endSession("Your password has been changed. Sign in with the new one.");
}
