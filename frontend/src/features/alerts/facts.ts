// What a publisher said beyond what every alert has.
import type { Alert } from "../../lib/api/types";

export type Fact = readonly [name: string, value: unknown];

// Shown in a place of their own, or told by HomeGuard and not by the publisher.
const ELSEWHERE: ReadonlySet<string> = new Set(["device_id", "reason", "severity", "verified", "raised_by", "occurred_at", "details"]);

export interface Facts {
  said: readonly Fact[];
  details: readonly Fact[];
}

export function factsOf({ seq, data }: Alert): Facts {
  const { id, seq: number, category, ...others } = data;
  const named: [string, unknown][] = [["Category", category], ["Number in the journal", seq], ["Its sender’s id", id], ["Its sender’s number", number]];
  const more = Object.entries(others).filter(([name]) => !ELSEWHERE.has(name));
  const details = data.details;
  const isObject = typeof details === "object" && details !== null && !Array.isArray(details);
  return {
    said: [...named, ...more].filter(([, value]) => value !== undefined),
    details: isObject ? Object.entries(details) : [],
  };
}

export const valueWords = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
