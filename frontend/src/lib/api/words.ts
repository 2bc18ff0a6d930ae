// What went wrong, in words: the server's own, and when to come again.
import { ApiProblem } from "./client";

/** Say it, with the seconds after which another attempt makes sense, where the server told them. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const words = error.message.charAt(0).toUpperCase() + error.message.slice(1);
  const seconds = error instanceof ApiProblem ? error.retryAfterSeconds : null;
  return seconds === null ? words : `${words}. Try again in ${seconds === 1 ? "a second" : `${seconds} seconds`}.`;
}

/** What was said of one field, null where nothing was. */
export function wordsOfField(error: unknown, field: string): string | null {
  const said = error instanceof ApiProblem ? error.errors.find((one) => one.field === field) : undefined;
  return said?.message ?? null;
}
