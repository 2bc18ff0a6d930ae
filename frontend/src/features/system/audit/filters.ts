// Which entries of the audit are shown, as the address has it.
import type { Query } from "../../../lib/url";
import { type Action, ACTIONS } from "./auditwords";

export interface AuditFilters {
  action: Action | null;
  by: string | null;
}

const isAction = (word: string): word is Action => Object.hasOwn(ACTIONS, word);

/** Read "action=blocked&by=admin"; what is none of these is left out. */
export function readFilters(search: string): AuditFilters {
  const given = new URLSearchParams(search);
  const action = given.get("action") ?? "";
  return { action: isAction(action) ? action : null, by: given.get("by") || null };
}

export function routeOf({ action, by }: AuditFilters): string {
  const query = new URLSearchParams({ tab: "audit" });
  if (action !== null) query.set("action", action);
  if (by !== null) query.set("by", by);
  return `/system?${query.toString()}`;
}

export const askedOf = ({ action, by }: AuditFilters): Query => ({ action, by });
