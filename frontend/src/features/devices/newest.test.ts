import { expect, test } from "vitest";
import type { Alert } from "../../lib/api/types";
import { AT } from "./fixtures";
import { newestAlerts } from "./newest";

const alert = (seq: number, by?: string): Alert => ({
  id: `e-${seq}`, seq, at: AT, acknowledged: by ? { by, at: AT } : null,
  data: { device_id: "cam-1", severity: "high", reason: "Port scan", verified: true },
});
const told = (alerts: Alert[]) => alerts.map(({ seq, acknowledged }) => [seq, acknowledged?.by ?? null]);

test("each alert stands once, newest first, and no more than asked for", () => {
  expect(told(newestAlerts([alert(4), alert(3)], [alert(3), alert(2), alert(1)], {}, 3))).toEqual([[4, null], [3, null], [2, null]]);
});

test("whoever has seen it is told, whether REST or the socket knows", () => {
  const acknowledgements = { "e-1": { by: "bob", at: AT } };
  expect(told(newestAlerts([alert(2)], [alert(2, "ada"), alert(1)], acknowledgements, 9))).toEqual([[2, "ada"], [1, "bob"]]);
});
