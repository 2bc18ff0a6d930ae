// What a close code asks of us (the table of close codes in docs/reference.md).

/** Reconnect; reconnect later than that; with a fresh token; not without signing in; not at all. */
export type Next = "again" | "later" | "renew" | "sign-in" | "give-up";

const BY_CODE: Readonly<Record<number, Next>> = {
  1007: "give-up",
  1009: "give-up",
  1013: "later",
  4400: "give-up",
  4401: "sign-in",
  4402: "renew",
  4403: "give-up",
  4409: "sign-in",
  4429: "later",
};

/** Tell what to do after a close; whatever is not our fault or the server's wish is a lost connection. */
export const nextAfter = (code: number): Next => BY_CODE[code] ?? "again";
