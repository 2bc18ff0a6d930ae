// Signing in, staying in, leaving. One renewal at a time, over all tabs: they share one refresh cookie.
import { ApiProblem, askOpenly, setTokenSource } from "../lib/api/client";
import type { Rest } from "../lib/api/types";
import { useAuthStore } from "../stores/auth";

const RETRY_MS = [500, 1_000, 2_000, 5_000]; // between attempts of the first renewal; the last one for ever

const EARLY_MS = 90_000; // before the end; sooner than the server's warning, so that a socket finds a fresh token then
const MAX_DELAY_MS = 2 ** 31 - 1; // more makes a browser's timer go off at once

let renewing: Promise<string | null> | null = null;
let renewal: ReturnType<typeof setTimeout> | undefined;

// Browsers have no locks on plain http from afar; the server's grace for a token just replaced covers that.
const alone = <T>(work: () => Promise<T>): Promise<T> =>
  navigator.locks ? navigator.locks.request("homeguard-session", work) : work();

/** Trade the cookie for a fresh token: null where somebody must sign in; throws where nobody answers. */
export function renew(): Promise<string | null> {
  renewing ??= alone(() => askOpenly<Rest.SignedInView>("api/auth/refresh", { method: "POST", keepalive: true }))
    .then(keep, refused)
    .finally(() => {
      renewing = null;
    });
  return renewing;
}

function keep(answer: Rest.SignedInView): string {
  useAuthStore.getState().signedIn(answer);
  renewBefore(answer.expires_at);
  return answer.access_token;
}

/** Renew in time also where no socket is there to be warned. A clock that is off costs a request that is refused first. */
function renewBefore(endsAt: string): void {
  clearTimeout(renewal);
  const left = Date.parse(endsAt) - Date.now() - EARLY_MS;
  // Who is not reached now is asked again by the next request that needs a token.
  if (left > 0) renewal = setTimeout(() => void renew().catch(() => undefined), Math.min(left, MAX_DELAY_MS));
}

function refused(error: unknown): null {
  if (!(error instanceof ApiProblem) || ![401, 403].includes(error.status)) throw error;
  endSession();
  return null;
}

/** Take note that the server has ended the session; the route stays, so that one is back there after signing in. */
export function endSession(why?: string): void {
  const wasIn = useAuthStore.getState().status === "signed-in";
  leave(why ?? (wasIn ? "Your session has ended. Sign in again." : undefined));
}

function leave(notice?: string): void {
  clearTimeout(renewal);
  useAuthStore.getState().signedOut(notice);
}

/** Begin where a reload left off: renew with the cookie, for as long as it takes until somebody answers. */
export function resumeSession(): void {
  setTokenSource({ token: () => useAuthStore.getState().accessToken, renew });
  void attempt(0);
}

async function attempt(number: number): Promise<void> {
  try {
    await renew();
  } catch {
    setTimeout(() => void attempt(number + 1), RETRY_MS[Math.min(number, RETRY_MS.length - 1)]);
  }
}

/** Sign in. Throws `ApiProblem` or `Unreachable`. */
export async function signIn(username: string, password: string): Promise<void> {
  const body = { username, password } satisfies Rest.Login;
  keep(await alone(() => askOpenly<Rest.SignedInView>("api/auth/login", { method: "POST", body })));
}

/** Sign out here and close every socket of this session. Throws where the server does not answer. */
export async function signOut(): Promise<void> {
  await alone(() => askOpenly("api/auth/logout", { method: "POST" }));
  leave();
}
