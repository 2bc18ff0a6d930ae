// Requests to REST: the token in the header, problems as errors, and one renewal where the token has ended.
import { address, type Query } from "../url";

const REQUEST_MS = 15_000; // a home network answers in milliseconds; after this the page says that nobody does

/** What the server refused, in its own words (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  constructor(
    readonly status: number,
    readonly type: string,
    detail: string,
    readonly errors: readonly { field: string; message: string }[] = [],
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(detail);
  }
}

/** Nobody answered: no network, or no server. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** Where the token comes from, and how to get another; the session says so once. */
export interface TokenSource {
  token(): string | null;
  /** Resolves to a fresh token, or null where somebody must sign in. */
  renew(): Promise<string | null>;
}

let source: TokenSource = { token: () => null, renew: async () => null };

export function setTokenSource(tokens: TokenSource) {
  source = tokens;
}

export interface Options {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  body?: unknown;
  query?: Query;
  signal?: AbortSignal;
  keepalive?: boolean;
  /** Statuses of refusal that carry the answer itself, such as 503 of `readyz`. */
  alsoFrom?: readonly number[];
}

/** Ask without a token. Throws `ApiProblem` or `Unreachable`. */
export function askOpenly<T>(path: string, options: Options = {}): Promise<T> {
  return send<T>(path, options, null);
}

/** Ask with the token, with a fresh one where it has ended. Throws `ApiProblem` or `Unreachable`. */
export async function ask<T>(path: string, options: Options = {}): Promise<T> {
  const token = source.token();
  try {
    return await send<T>(path, options, token);
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
    const current = source.token();
    const fresh = current !== token ? current : await source.renew(); // another request may have renewed it
    if (fresh === null) throw error;
    return send<T>(path, options, fresh);
  }
}

async function send<T>(path: string, options: Options, token: string | null): Promise<T> {
  const { method = "GET", body, query, signal, keepalive, alsoFrom = [] } = options;
  const headers = new Headers({ Accept: "application/json" });
  if (token !== null) headers.set("Authorization", `Bearer ${token}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  const timeout = AbortSignal.timeout(REQUEST_MS);
  let response: Response;
  try {
    response = await fetch(address(path, query), {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(keepalive ? { keepalive } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable("HomeGuard does not answer", { cause: error });
  }
  const answer: unknown = await response.json().catch(() => null); // 204 is empty, a proxy's error page no JSON
  if (response.ok || alsoFrom.includes(response.status)) return answer as T;
  throw problemOf(response, answer);
}

function problemOf(response: Response, answer: unknown): ApiProblem {
  const { type, detail, title, errors } = (answer ?? {}) as { type?: string; detail?: string; title?: string; errors?: [] };
  const retryAfter = Number(response.headers.get("Retry-After"));
  return new ApiProblem(
    response.status,
    type ?? "about:blank",
    detail ?? title ?? `HTTP ${response.status}`,
    errors ?? [],
    retryAfter > 0 ? retryAfter : null,
  );
}
