// Who is signed in. The access token lives here, in memory alone; the refresh cookie is the browser's.
import { create } from "zustand";
import type { Rest } from "../lib/api/types";

export type AuthStatus = "starting" | "signed-out" | "signed-in";

export interface AuthState {
  status: AuthStatus;
  accessToken: string | null;
  expiresAt: string | null;
  user: Rest.Me | null;
  /** Why somebody has to sign in again; null where they came by themselves. */
  notice: string | null;
  signedIn: (answer: Rest.SignedInView) => void;
  signedOut: (notice?: string) => void;
}

export const useAuthStore = create<AuthState>()((set) => ({
  status: "starting",
  accessToken: null,
  expiresAt: null,
  user: null,
  notice: null,
  signedIn: (answer) =>
    set({
      status: "signed-in",
      accessToken: answer.access_token,
      expiresAt: answer.expires_at,
      user: answer.user,
      notice: null,
    }),
  signedOut: (notice) =>
    set((state) => ({
      status: "signed-out",
      accessToken: null,
      expiresAt: null,
      user: null,
      // What was under way when the session ended fails a moment later, and knows less of why.
      notice: notice ?? (state.status === "signed-out" ? state.notice : null),
    })),
}));
