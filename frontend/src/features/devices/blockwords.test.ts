import { expect, test } from "vitest";
import type { Block } from "../../lib/api/types";
import { blockStory, driftWords, isQuarantined, untilWords, wisherWords } from "./blockwords";
import { AT, makeBlock, makeReport } from "./fixtures";

const NOW = Date.parse(AT) + 1_000;
const LATER = Date.parse(AT) + 60_000;
const story = (state: Block["state"], reports: Block["reports"], now = NOW) => blockStory(makeBlock(state, { reports }), now);

test("a new wish waits for an enforcer", () => {
  expect(story("pending", {})).toMatchObject({ headline: "Blocking…, waiting for an enforcer", isUnheard: false });
});

test("a wish that nobody answers for long is said to be enforced by nobody", () => {
  expect(story("pending", {}, LATER)).toMatchObject({ headline: "Nobody enforces blocks yet", isUnheard: true });
});

test("known enforcers that do not answer are named", () => {
  expect(story("pending", { firewall: makeReport("released", { command_id: "w-0" }) }, LATER)).toMatchObject({
    headline: "No answer from firewall yet", isUnheard: true,
  });
});

test("an enforcer that cannot reach the device is no answer", () => {
  const { isUnheard, voices } = story("pending", { firewall: makeReport("not_in_path") }, LATER);
  expect(isUnheard).toBe(true);
  expect(voices).toMatchObject([{ words: "cannot reach this device", tone: "aside" }]);
});

test("who answered an older wish is still waited for", () => {
  const { headline, voices } = story("pending", { broker: makeReport("enforced"), firewall: makeReport("released", { command_id: "w-0" }) }, LATER);
  expect(headline).toBe("Blocking…, waiting for firewall");
  expect(voices).toMatchObject([
    { words: "enforced", tone: "good", at: AT },
    { words: "has not answered yet", tone: "waiting", at: null },
  ]);
});

test("what is enforced says by whom, and the longest time it took", () => {
  const reports = {
    firewall: makeReport("enforced", { took_ms: 41.3 }), broker: makeReport("enforced", { took_ms: 2 }), other: makeReport("not_in_path"),
  };
  expect(story("enforced", reports).headline).toBe("Enforced in 41 ms by broker, firewall");
});

test("without a time it claims none", () => {
  expect(story("enforced", { broker: makeReport("enforced") }).headline).toBe("Enforced by broker");
});

test("what failed gives each enforcer's reason", () => {
  const reports = { broker: makeReport("enforced"), firewall: makeReport("failed", { detail: "no permission" }) };
  const { headline, voices } = story("partial", reports);
  expect(headline).toBe("Enforced only by broker");
  expect(voices[1]).toMatchObject({ enforcer: "firewall", words: "failed", detail: "no permission", tone: "bad" });
});

test("releasing waits for who still holds it", () => {
  const reports = { broker: makeReport("released"), firewall: makeReport("enforced", { command_id: "w-0" }) };
  expect(story("releasing", reports).headline).toBe("Unblocking…, waiting for firewall");
});

test("a block that nobody lifts is said to be held", () => {
  const held = { firewall: makeReport("enforced", { command_id: "w-0" }) };
  expect(story("releasing", held, LATER)).toMatchObject({ headline: "Not lifted yet: no answer from firewall", isUnheard: true });
});

test("who once enforced an old block is not told of a device that is free", () => {
  expect(story("none", { broker: makeReport("released") })).toEqual({ headline: "Not blocked", voices: [], isUnheard: false });
});

test("a timed block tells the time that is left", () => {
  expect(untilWords(makeBlock("enforced", { until: "2026-11-23T20:12:01Z" }), NOW)).toMatch(/^until .*\(12 min left\)$/);
  expect(untilWords(makeBlock("enforced", { until: AT }), NOW)).toMatch(/\(ends now\)$/);
  expect(untilWords(makeBlock("enforced"), NOW)).toBe("until somebody unblocks it");
  expect(untilWords(makeBlock("releasing", { until: AT }), NOW)).toBeNull();
});

test("who is away is waited for by name", () => {
  expect(story("pending", { firewall: makeReport("unavailable") }).headline).toBe("Blocking…, waiting until firewall is back");
  const held = { broker: makeReport("released"), firewall: makeReport("unavailable") };
  expect(story("releasing", held).headline).toBe("Not lifted yet: waiting until firewall is back");
  expect(story("partial", { broker: makeReport("enforced"), firewall: makeReport("unavailable") }).headline).toBe("Enforced only by broker");
});

test("an enforcer that is known and has said nothing yet is waited for", () => {
  expect(story("releasing", {}).headline).toBe("Unblocking…, waiting for an enforcer");
  expect(story("releasing", { broker: makeReport("released", { command_id: "w-0" }) }).headline).toBe("Unblocking…, waiting for broker");
});

test("where no enforcer is in the path, that is why it is not in force", () => {
  expect(story("failed", { firewall: makeReport("not_in_path") }).headline).toBe("Not in force: no enforcer is in this device's path");
});

test("what somebody changed by hand is told beside what is in force", () => {
  const [voice] = story("enforced", { broker: makeReport("enforced", { drifted: "its account was enabled" }) }).voices;
  expect(voice).toMatchObject({ words: "enforced", tone: "good", drift: "somebody had changed it, and it was repaired: its account was enabled" });
  expect(driftWords(makeReport("failed", { drifted: "no such table" }))).toBe("somebody has changed it: no such table");
  expect(driftWords(makeReport("enforced"))).toBeNull();
});

test("a newcomer that HomeGuard blocked is told from what somebody blocked", () => {
  expect(isQuarantined(makeBlock("enforced", { by: "homeguard" }))).toBe(true);
  expect(isQuarantined(makeBlock("enforced"))).toBe(false);
  expect(isQuarantined(makeBlock("releasing", { by: "homeguard" }))).toBe(false);
  expect(["homeguard", "ada", null].map(wisherWords)).toEqual(["HomeGuard", "ada", "somebody"]);
});
