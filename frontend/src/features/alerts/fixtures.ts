// Alerts for tests.
import type { Alert, Live } from "../../lib/api/types";

const START = Date.parse("2026-11-23T20:00:00.000Z");

/** The alert of this `seq`, a second after the one before it. */
export function alertOf(seq: number, data: Partial<Live.AlertData> = {}, by: string | null = null): Alert {
  const at = new Date(START + seq * 1_000).toISOString();
  return {
    id: `e-${seq}`,
    seq,
    at,
    data: { device_id: "cam-1", severity: "high", reason: "Port scan", verified: true, ...data },
    acknowledged: by === null ? null : { by, at },
  };
}

export const frameOf = ({ id, seq, at, data }: Alert): Live.NewAlert => ({
  type: "new_alert", channel: "alerts", seq, prev: seq - 1, id, at, data,
});

/** Whole numbers below `limit`, always the same ones: a test that fails fails again. */
export function dice(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * limit);
  };
}
