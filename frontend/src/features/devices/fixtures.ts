// Devices for tests.
import type { Block, Device } from "../../lib/api/types";

export const NO_BLOCK: Block = {
  desired: false, state: "none", reason: null, by: null, since: null, until: null, command_id: null, reports: {},
};

export const AT = "2026-11-23T20:00:00.000Z";

export const makeDevice = (id: string, fields: Partial<Device> = {}): Device => ({
  id, name: null, kind: null, status: null, status_reason: null, ip: null, mac: null, firmware: null, telemetry: null, has_account: false,
  first_seen_at: AT, last_seen_at: AT, block: NO_BLOCK, ...fields,
});

/** A wished block, `w-1`. */
export const makeBlock = (state: Block["state"], fields: Partial<Block> = {}): Block => ({
  ...NO_BLOCK, desired: state !== "none" && state !== "releasing", state, by: "admin", since: AT, command_id: "w-1", ...fields,
});

export const makeReport = (state: "enforced" | "released" | "failed" | "not_in_path" | "unavailable", fields: Partial<Report> = {}): Report => ({
  state, at: AT, took_ms: null, detail: null, command_id: "w-1", drifted: null, ...fields,
});

type Report = NonNullable<Block["reports"][string]>;
