// What a refused request means for the device that it was about.
import { ApiProblem, Unreachable } from "../../lib/api/client";

export type Doing = "block" | "unblock" | "change" | "remove" | "add" | "rotate";

const STAYS: Record<Doing, string> = {
  block: "It is not blocked.",
  unblock: "It is still blocked.",
  change: "It is as it was.",
  remove: "It is still here.",
  add: "It was not added.",
  rotate: "It has no new password.",
};

/** Say why something was not done, and how things stand; where nobody answered, nobody knows. */
export function refusalWords(error: unknown, doing: Doing): string {
  if (error instanceof Unreachable && doing === "add") return "HomeGuard does not answer, so nobody knows whether it was added. If it is in the list, give it a new password: this one is lost.";
  if (error instanceof Unreachable && doing === "rotate") return "HomeGuard does not answer, so nobody knows whether its password still works. Try again: a new one makes it sure.";
  if (error instanceof Unreachable) return "HomeGuard does not answer, so nobody knows whether it was done. Look at the device before you try again.";
  if (!(error instanceof ApiProblem)) return error instanceof Error ? error.message : String(error);
  const { status, message, errors, retryAfterSeconds } = error;
  if (status === 409 && doing === "remove") return `${STAYS.remove} A blocked device cannot be removed, for nobody could see or lift its block any more. Unblock it first.`;
  if (status === 503) {
    const when = retryAfterSeconds === null ? "in a moment" : `in ${retryAfterSeconds} s`;
    if (doing === "rotate") return `Nobody can tell you a new password now, and the one of before may work no more. Try again ${when}. (${message})`;
    const what = doing === "add" ? "" : "It could not be stored. ";
    return `${what}${STAYS[doing]} Try again ${when}. (${message})`;
  }
  const why = errors.length === 0 ? message : errors.map(({ field, message: words }) => `${field}: ${words}`).join("; ");
  return `${STAYS[doing]} ${why}`;
}
