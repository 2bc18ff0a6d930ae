// An entry of the audit as a sentence. Pure; what strangers wrote in it is made legible.
import type { Rest } from "../../../lib/api/types";
import { legible } from "../../../lib/legible";
import { exactWords } from "../../../lib/time";

export type Action = Rest.Action;
export type Entry = Rest.AuditEntry;

/** A piece of the sentence: words, or a device that has a page. */
export type Piece = string | { device: string };

/** What an entry may be, as the filter calls it. */
export const ACTIONS: Record<Action, string> = {
  login: "Signed in",
  login_failed: "Failed to sign in",
  logout: "Signed out",
  session_ended: "Ended a session",
  token_reused: "Old sign-in used again",
  token_made: "Made a token",
  key_rotated: "Changed the signing key",
  password_changed: "Changed a password",
  user_added: "Added a user",
  user_changed: "Changed a user",
  user_removed: "Removed a user",
  device_added: "Added a device",
  device_changed: "Changed a device",
  device_removed: "Removed a device",
  device_rotated: "Gave a device a new password",
  account_repaired: "Repaired an account",
  blocked: "Blocked",
  unblocked: "Unblocked",
  restored: "Restored a backup",
};

/** Who is no user. */
export const NOBODYS: Readonly<Record<string, string>> = {
  cli: "a command at the machine", timer: "a timer", homeguard: "HomeGuard",
};

/** Say who did what, to what, from where: "admin blocked cam-1: Too loud, from 192.168.1.4". */
export function auditPieces(entry: Entry): Piece[] {
  const from = entry.address === null ? [] : [`, from ${entry.address}`];
  return [`${whoIn(entry)} `, ...didWhat(entry), ...from];
}

export const auditWords = (entry: Entry): string =>
  auditPieces(entry).map((piece) => (typeof piece === "string" ? piece : piece.device)).join("");

function whoIn({ by, action }: Entry): string {
  if (by === null) return "Somebody";
  if (action === "token_reused") return "Somebody"; // with what was a user's
  const nobody = NOBODYS[by];
  return nobody === undefined ? by : nobody.charAt(0).toUpperCase() + nobody.slice(1);
}

function didWhat(entry: Entry): Piece[] {
  const { action, by, target, details } = entry;
  const whom = legible(target ?? "somebody");
  const device: Piece = { device: whom };
  switch (action) {
    case "login":
      return ["signed in"];
    case "login_failed":
      if (by !== null) return ["gave a wrong present password"];
      return [target === null ? "failed to sign in, with what is no user name" : `failed to sign in as ${whom}`];
    case "logout":
      return ["signed out"];
    case "session_ended":
      return [typeof details.username === "string" && details.username !== by ? `signed ${details.username} out` : "ended a session of their own"];
    case "token_reused":
      return [`came with an old sign-in of ${by ?? "a user"}, so that session was ended`];
    case "token_made":
      return [`made a token for ${text(details.username) ?? "a user"}`];
    case "key_rotated":
      return [details.revoked === true ? "changed the signing key, and signed everybody out" : "changed the signing key"];
    case "password_changed":
      return [whom === by ? "changed their password" : `set the password of ${whom}`];
    case "user_added":
      return [`added the user ${whom}${rights(details)}`];
    case "user_changed":
      return [`changed what ${whom} may do${rights(details)}`];
    case "user_removed":
      return [`removed the user ${whom}`];
    case "device_added":
      return ["gave ", device, " an account", named(details)];
    case "device_changed":
      return ["changed ", device, named(details)];
    case "device_removed":
      return [`removed ${whom}`]; // there is no page any more
    case "device_rotated":
      return ["gave ", device, " a new password"];
    case "account_repaired":
      return [`repaired at the broker what somebody had changed: ${text(details.what) ?? whom}`]; // of a device, or another one
    case "blocked":
      return ["blocked ", device, because(details)];
    case "unblocked":
      return ["unblocked ", device, by === "timer" ? ": its time was over" : details.reason === "restore" ? ", as the backup has it" : ""];
    case "restored":
      return ["restored a backup"];
  }
}

type Details = Entry["details"];

const text = (value: unknown) => (typeof value === "string" && value !== "" ? legible(value) : null);

function rights({ role, channels }: Details): string {
  const reads = Array.isArray(channels) ? `, who reads ${channels.join(" and ")}` : "";
  return text(role) === null ? "" : `: ${text(role)}${reads}`;
}

/** The name and kind that an admin gave; null is one that was taken away. */
function named({ name, kind }: Details): string {
  const words = [["name", name], ["kind", kind]].flatMap(([field, value]) =>
    value === undefined ? [] : [value === null ? `no ${String(field)}` : `${String(field)} ${text(value) ?? ""}`],
  );
  return words.length === 0 ? "" : `: ${words.join(", ")}`;
}

function because({ reason, until }: Details): string {
  const why = text(reason) === null ? "" : `: ${text(reason)}`;
  return text(until) === null ? why : `${why}, until ${exactWords(String(until))}`;
}
