// What changed from one update of a device to the next, in words.
import type { Block, Device, Live } from "../../lib/api/types";
import { minuteWords } from "../../lib/time";
import { driftWords, reportWords, wisherWords } from "./blockwords";
import { offlineWords } from "./presencewords";
import { labelOf, otherFields, valueWords } from "./values";

export type DeviceEvent = Live.DeviceUpdated | Live.DeviceRemoved;

export interface Change {
  seq: number;
  at: string;
  words: string[];
}

const MAX_WORDS = 12; // of one update; a device may send a thousand fields at once

/**
 * Tell what each event changed, newest first as they came. The oldest one has nothing to be compared with: where
 * `isAll` is false, what was before it is not known yet, and it is left out.
 */
export function changesOf(events: readonly DeviceEvent[], isAll: boolean): Change[] {
  return events.flatMap((event, index) => {
    const before = events[index + 1];
    if (!before && !isAll) return [];
    const words = event.type === "device_removed" ? ["was removed"] : updateWords(before, event);
    return [{ seq: event.seq, at: event.at, words }];
  });
}

function updateWords(before: DeviceEvent | undefined, { data, at }: Live.DeviceUpdated): string[] {
  if (!before) return [at === data.first_seen_at ? "was heard of for the first time" : "the oldest update that is kept"];
  if (before.type === "device_removed") return ["was heard of again, as a new device"];
  const words = changeWords(before.data, data, at);
  if (words.length === 0) return ["was updated"];
  return words.length <= MAX_WORDS ? words : [...words.slice(0, MAX_WORDS - 1), `and ${words.length - MAX_WORDS + 1} more`];
}

/** Say what differs between a device and itself a little later, `at`. */
export function changeWords(before: Device, after: Device, at: string): string[] {
  return [
    ...statusWords(before, after),
    ...blockWords(before.block, after.block, at),
    ...named("name", before.name, after.name),
    ...named("kind", before.kind, after.kind),
    ...named("address", before.ip, after.ip),
    ...named("MAC", before.mac, after.mac),
    ...named("firmware", before.firmware, after.firmware),
    ...fieldWords(before.telemetry ?? {}, after.telemetry ?? {}),
    ...fieldWords(Object.fromEntries(otherFields(before)), Object.fromEntries(otherFields(after))),
  ];
}

function statusWords({ status: before, status_reason: was }: Device, { status: after, status_reason: reason }: Device): string[] {
  if (before === after) return after === "offline" && was !== reason ? [`is ${offlineWords(reason).toLowerCase()}`] : [];
  if (after === null) return ["forgot whether it is online"];
  if (after === "flapping") return ["comes and goes more often than is shown"];
  return [after === "online" ? "came online" : `went ${offlineWords(reason).toLowerCase()}`];
}

function named(what: string, before: string | null, after: string | null): string[] {
  if (before === after) return [];
  if (before === null) return [`${what} ${after}`];
  return [after === null ? `${what} ${before} forgotten` : `${what} ${before} → ${after}`];
}

type Fields = Record<string, unknown>;

function fieldWords(before: Fields, after: Fields): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].flatMap((field) => {
    const { label, unit } = labelOf(field);
    const [was, is] = [before[field], after[field]];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    if (was === undefined) return [`${label} ${valueWords(is, unit)}`];
    if (is === undefined) return [`${label} is gone`];
    return [`${label} ${valueWords(was)} → ${valueWords(is, unit)}`];
  });
}

/** Say what became of a block: what was wished, then what enforcers said. */
function blockWords(before: Block, after: Block, at: string): string[] {
  const words = before.command_id === after.command_id ? [] : [wishWords(after, at)];
  for (const [enforcer, report] of Object.entries(after.reports)) {
    const earlier = before.reports[enforcer];
    if (!report || (earlier?.at === report.at && earlier.state === report.state && earlier.command_id === report.command_id)) continue;
    const drift = driftWords(report);
    words.push(`${enforcer}: ${reportWords(report)}${report.detail === null ? "" : ` (${valueWords(report.detail)})`}${drift === null ? "" : `, ${valueWords(drift)}`}`);
  }
  return words;
}

function wishWords({ desired, by, reason, until }: Block, at: string): string {
  if (!desired) return by === "timer" ? "unblocked: its time was over" : `unblocked by ${wisherWords(by)}`;
  const why = reason === null ? "" : `: ${reason}`;
  return `blocked by ${wisherWords(by)}${why}${until === null ? "" : `, until ${minuteWords(until, Date.parse(at))}`}`;
}
