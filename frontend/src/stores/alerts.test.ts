import { beforeEach, expect, test } from "vitest";
import type { Alert, Live } from "../lib/api/types";
import { useAlertsStore } from "./alerts";

const { apply, load, confirm, reset } = useAlertsStore.getState();
const data = { device_id: "cam-1", severity: "high", reason: "Port scan", verified: true } as const;
const at = "2026-11-23T20:31:22.123Z";
const alert = (seq: number): Live.NewAlert => ({ type: "new_alert", channel: "alerts", seq, prev: seq - 1, id: `e-${seq}`, at, data });
const seen = (seq: number, by: string): Live.AlertAcknowledged => ({
  type: "alert_acknowledged", channel: "alerts", seq: 100, prev: 99, id: "e-100", at, data: { alert_id: `e-${seq}`, by },
});
const listed = (seq: number, by?: string): Alert => ({ id: `e-${seq}`, seq, at, data, acknowledged: by ? { by, at } : null });
const recent = () => useAlertsStore.getState().recent.map((one) => [one.seq, one.acknowledged?.by ?? null]);

beforeEach(reset);

test("alerts stand newest first, each once, whoever told them", () => {
  apply([alert(1), alert(2)]);
  load([listed(2), listed(3)]);
  expect(recent()).toEqual([[3, null], [2, null], [1, null]]);
});

test("the first who has seen an alert counts, whether the alert or its acknowledgement is known first", () => {
  apply([alert(1), seen(1, "ada"), seen(1, "bob"), seen(2, "ada")]);
  load([listed(2)]);
  expect(recent()).toEqual([[2, "ada"], [1, "ada"]]);
});

test("what history knows of who has seen an alert is kept", () => {
  load([listed(1, "ada")]);
  apply([alert(1)]);
  expect(recent()).toEqual([[1, "ada"]]);
});

test("an alert that did not change stays the same object", () => {
  apply([alert(1)]);
  const before = useAlertsStore.getState().recent[0];
  apply([alert(2)]);
  expect(useAlertsStore.getState().recent[1]).toBe(before);
});

test("what the server answered to an acknowledgement counts, also for alerts that come later from history", () => {
  apply([alert(2)]);
  confirm([listed(1, "ada"), listed(2, "ada")]);
  apply([seen(2, "bob")]);
  load([listed(1)]);
  expect(recent()).toEqual([[2, "ada"], [1, "ada"]]);
});

test("new alerts alone leave what is known of who has seen which the same object", () => {
  apply([seen(1, "ada")]);
  const before = useAlertsStore.getState().acknowledgements;
  apply([alert(2)]);
  expect(useAlertsStore.getState().acknowledgements).toBe(before);
});
