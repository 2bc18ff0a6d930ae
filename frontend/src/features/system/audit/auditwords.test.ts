import { expect, test } from "vitest";
import { type Action, ACTIONS, auditWords, type Entry } from "./auditwords";

const entry = (action: Action, more: Partial<Entry> = {}): Entry => ({
  id: 1, at: "2026-11-28T20:00:00.000Z", action, by: "admin", address: null, target: null, details: {}, ...more,
});

const SENTENCES: [Entry, string][] = [
  [entry("blocked", { target: "cam-1", address: "192.168.1.4" }), "admin blocked cam-1, from 192.168.1.4"],
  [entry("blocked", { target: "cam-1", details: { reason: "Too loud", until: null } }), "admin blocked cam-1: Too loud"],
  [entry("unblocked", { target: "cam-1", by: "timer" }), "A timer unblocked cam-1: its time was over"],
  [entry("unblocked", { target: "cam-1", by: "cli", details: { reason: "restore" } }), "A command at the machine unblocked cam-1, as the backup has it"],
  [entry("login", { target: "9f86", address: "::1" }), "admin signed in, from ::1"],
  [entry("login_failed", { by: null, target: "root" }), "Somebody failed to sign in as root"],
  [entry("login_failed", { by: null, target: "ev\u202eil" }), "Somebody failed to sign in as ev\\u202eil"],
  [entry("login_failed", { by: null }), "Somebody failed to sign in, with what is no user name"],
  [entry("login_failed", { target: "admin" }), "admin gave a wrong present password"],
  [entry("logout"), "admin signed out"],
  [entry("token_reused", { by: "bob", address: "10.0.0.9" }), "Somebody came with an old sign-in of bob, so that session was ended, from 10.0.0.9"],
  [entry("session_ended", { target: "9f86", details: { username: "bob" } }), "admin signed bob out"],
  [entry("session_ended", { target: "9f86", details: { username: "admin" } }), "admin ended a session of their own"],
  [entry("token_made", { by: "cli", details: { username: "bob" } }), "A command at the machine made a token for bob"],
  [entry("key_rotated", { by: "cli" }), "A command at the machine changed the signing key"],
  [entry("key_rotated", { by: "cli", details: { revoked: true } }), "A command at the machine changed the signing key, and signed everybody out"],
  [entry("password_changed", { target: "admin" }), "admin changed their password"],
  [entry("password_changed", { target: "bob" }), "admin set the password of bob"],
  [entry("user_added", { target: "bob", details: { role: "viewer", channels: ["alerts"] } }), "admin added the user bob: viewer, who reads alerts"],
  [entry("user_changed", { target: "bob", details: { role: "operator", channels: ["alerts", "devices"] } }), "admin changed what bob may do: operator, who reads alerts and devices"],
  [entry("user_removed", { target: "bob", details: { role: "viewer" } }), "admin removed the user bob"],
  [entry("device_added", { target: "cam-1", details: { name: "Front door" } }), "admin gave cam-1 an account: name Front door"],
  [entry("device_changed", { target: "cam-1", details: { name: null, kind: "lock" } }), "admin changed cam-1: no name, kind lock"],
  [entry("device_removed", { target: "cam-1" }), "admin removed cam-1"],
  [entry("device_rotated", { target: "cam-1" }), "admin gave cam-1 a new password"],
  [entry("account_repaired", { by: "homeguard", target: "cam-1", details: { what: "the account cam-1 is gone" } }), "HomeGuard repaired at the broker what somebody had changed: the account cam-1 is gone"],
  [entry("restored", { by: "cli" }), "A command at the machine restored a backup"],
];

test.each(SENTENCES)("%#", (one, words) => {
  expect(auditWords(one)).toBe(words);
});

test("every action has a sentence", () => {
  const told = new Set(SENTENCES.map(([{ action }]) => action));
  expect(Object.keys(ACTIONS).filter((action) => !told.has(action as Action))).toEqual([]);
});
