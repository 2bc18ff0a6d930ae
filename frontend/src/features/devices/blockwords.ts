// What is known of a block, in words: the wish beside what each enforcer has said of it.
import type { Block, Live } from "../../lib/api/types";
import { minuteWords, spanWords } from "../../lib/time";

const UNHEARD_MS = 8_000; // an enforcer answers within a second; after this somebody should know that none does

export interface Voice {
  enforcer: string;
  words: string;
  /** The enforcer's own reason or remark. */
  detail: string | null;
  /** What it found undone by somebody else, and what it did about that; null where nothing was. */
  drift: string | null;
  /** When it said so; null where it has not answered this wish yet. */
  at: string | null;
  /** `aside` is who has nothing to do with it. */
  tone: "good" | "bad" | "waiting" | "aside";
}

export interface BlockStory {
  headline: string;
  /** What each enforcer said, by name. */
  voices: Voice[];
  /** True where a wish stands for a while and nobody has answered it. */
  isUnheard: boolean;
}

/** Tell the story of a block as it is at `now`. */
export function blockStory(block: Block, now: number): BlockStory {
  const reports = Object.entries(block.reports)
    .flatMap(([enforcer, report]) => (report ? [{ enforcer, report }] : []))
    .toSorted((one, other) => (one.enforcer < other.enforcer ? -1 : 1));
  const isUnheard = isWaiting(block) && !reports.some(({ report }) => answers(block, report)) && age(block, now) >= UNHEARD_MS;
  return {
    headline: headline(block, reports, isUnheard),
    voices: block.state === "none" ? [] : reports.map(({ enforcer, report }) => voice(block, enforcer, report)),
    isUnheard,
  };
}

/** Say whether a newcomer is blocked until somebody lets it in: HomeGuard itself blocks nobody else. */
export const isQuarantined = ({ desired, by }: Pick<Block, "desired" | "by">) => desired && by === "homeguard";

/** Who wished it, as a sentence begins with them. */
export const wisherWords = (by: string | null) => (by === null ? "somebody" : by === "homeguard" ? "HomeGuard" : by);

type Said = { enforcer: string; report: Live.Report };

const isWaiting = ({ state }: Block) => state === "pending" || state === "releasing";
const age = ({ since }: Block, now: number) => (since === null ? 0 : now - Date.parse(since));
const isOfThisWish = (block: Block, report: Live.Report) => report.command_id === block.command_id;

/** An enforcer that cannot reach the device has said so, and is not waited for. */
const counts = (report: Live.Report) => report.state !== "not_in_path";
const answers = (block: Block, report: Live.Report) => isOfThisWish(block, report) && counts(report);

function headline(block: Block, reports: readonly Said[], isUnheard: boolean): string {
  const named = (chosen: (report: Live.Report) => boolean) =>
    reports.filter(({ report }) => chosen(report)).map(({ enforcer }) => enforcer).join(", ");
  const isAway = (report: Live.Report) => report.state === "unavailable" && isOfThisWish(block, report);
  switch (block.state) {
    case "none":
      return "Not blocked";
    case "pending": {
      const silent = named((report) => counts(report) && !isOfThisWish(block, report));
      const away = named(isAway);
      if (silent === "" && away !== "") return `Blocking…, waiting until ${away} is back`;
      if (isUnheard) return silent === "" ? "Nobody enforces blocks yet" : `No answer from ${silent} yet`;
      return `Blocking…, waiting for ${silent || "an enforcer"}`;
    }
    case "enforced":
      return `Enforced${took(reports)} by ${named(counts)}`;
    case "partial":
      return `Enforced only by ${named((report) => report.state === "enforced")}`;
    case "failed":
      return named(counts) === "" ? "Not in force: no enforcer is in this device's path" : "Not in force: no enforcer could block it";
    case "releasing": {
      const holding = named((report) => counts(report) && !(report.state === "released" && isOfThisWish(block, report))) || "an enforcer";
      if (holding === named(isAway)) return `Not lifted yet: waiting until ${holding} is back`;
      return isUnheard ? `Not lifted yet: no answer from ${holding}` : `Unblocking…, waiting for ${holding}`;
    }
  }
}

/** How long it took until all had enforced it. */
function took(reports: readonly Said[]): string {
  const times = reports.flatMap(({ report }) => (report.state === "enforced" && report.took_ms !== null ? [report.took_ms] : []));
  return times.length === 0 ? "" : ` in ${milliseconds(Math.max(...times))}`;
}

export const milliseconds = (ms: number) => (ms < 10_000 ? `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms` : spanWords(ms));

function voice(block: Block, enforcer: string, report: Live.Report): Voice {
  const isOld = counts(report) && !isOfThisWish(block, report);
  return {
    enforcer,
    words: isOld ? "has not answered yet" : reportWords(report),
    detail: isOld ? null : report.detail,
    drift: isOld ? null : driftWords(report),
    at: isOld ? null : report.at,
    tone: isOld ? "waiting" : toneOf(block, report),
  };
}

function toneOf({ desired }: Block, { state }: Live.Report): Voice["tone"] {
  if (state === "not_in_path") return "aside";
  return state === (desired ? "enforced" : "released") ? "good" : "bad";
}

/** Say what an enforcer found changed by somebody else. */
export function driftWords({ state, drifted }: Pick<Live.Report, "state" | "drifted">): string | null {
  if (drifted === null || drifted === undefined) return null; // reports of before there was drift do not have it
  return `${state === "enforced" || state === "released" ? "somebody had changed it, and it was repaired" : "somebody has changed it"}: ${drifted}`;
}

/** Say in words what an enforcer reported. */
export function reportWords({ state, took_ms }: Pick<Live.Report, "state" | "took_ms">): string {
  const within = took_ms === null ? "" : ` in ${milliseconds(took_ms)}`;
  switch (state) {
    case "enforced":
      return `enforced${within}`;
    case "released":
      return `released${within}`;
    case "failed":
      return "failed";
    case "not_in_path":
      return "cannot reach this device";
    case "unavailable":
      return "is unavailable";
  }
}

/** Say until when a block is wished, with the time that is left. */
export function untilWords({ desired, until }: Pick<Block, "desired" | "until">, now: number): string | null {
  if (!desired) return null;
  if (until === null) return "until somebody unblocks it";
  const left = Date.parse(until) - now;
  return `until ${minuteWords(until, now)} (${left > 0 ? `${spanWords(left)} left` : "ends now"})`;
}
