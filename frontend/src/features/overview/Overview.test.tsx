import { act, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Device, Live } from "../../lib/api/types";
import { navigate } from "../../lib/hash";
import { useAlertsStore } from "../../stores/alerts";
import { useDevicesStore } from "../../stores/devices";
import { useLiveStore } from "../../stores/live";
import { notePulse, resetPulse } from "../../stores/pulse";
import { renderApp } from "../../test/app";

vi.mock("./EventsChart", () => ({ EventsChart: ({ label }: { label: string }) => <figure aria-label={label} /> }));

const NOW = Date.UTC(2026, 10, 28, 20, 0, 20); // the clock of the server that answers
const at = (secondsAgo: number) => new Date(NOW - secondsAgo * 1_000).toISOString();
const minuteAgo = (minutes: number) => new Date(Date.UTC(2026, 10, 28, 20, -minutes)).toISOString();
const stats = (total = 7, unacknowledged = 2) => ({
  at: at(0),
  alerts_24h: { total, unacknowledged, by_severity: { info: 0, low: 0, medium: total, high: 0, critical: 0 } },
  devices: { known: 6, online: 5, blocked: 1 },
  minutes: [{ at: minuteAgo(3), alerts: 2, devices: 38 }],
});
const alert = (seq: number, reason: string): Live.NewAlert => ({
  type: "new_alert", channel: "alerts", seq, prev: seq - 1, id: `e/${seq}`, at: at(-1),
  data: { device_id: "cam-1", severity: "high", reason, verified: true },
});
const device = (id: string, more: object = {}) => ({ id, name: null, status: "online", block: { state: "none" }, ...more }) as Device;
const snapshot = (...devices: Device[]): Live.Snapshot => ({
  type: "snapshot", channel: "devices", since: 0, seq: 9, data: devices, removed: [],
});
const hear = (frame: Live.NewAlert) =>
  act(() => {
    notePulse([frame]);
    useAlertsStore.getState().apply([frame]);
  });

beforeEach(() => {
  navigate("/", { replace: true });
  resetPulse();
  useAlertsStore.getState().reset();
  useDevicesStore.getState().reset();
  useLiveStore.getState().reset();
});

test("the numbers are the server's, until the devices are known", async () => {
  renderApp({ "api/stats": stats() });
  const online = await screen.findByRole("link", { name: /Devices online.*5.*of 6 known/ });
  expect(online.getAttribute("href")).toBe("#/devices?status=online");
  expect(screen.getByRole("link", { name: /Blocked.*1.*of 6 known/ }).getAttribute("href")).toBe("#/devices?status=blocked");
  const alerts = screen.getByRole("link", { name: /Alerts in 24 h.*7.*2 not acknowledged/ });
  expect(alerts.getAttribute("href")).toBe("#/alerts?state=open");

  act(() => useDevicesStore.getState().apply([snapshot(device("cam-1"), device("tv-1", { status: "offline", block: { state: "failed" } }))]));
  await screen.findByRole("link", { name: /Devices online.*1.*of 2 known/ });
});

test("an alert that comes is counted, and stands first among the newest", async () => {
  renderApp({ "api/stats": stats() });
  await screen.findByRole("link", { name: /Alerts in 24 h.*7/ });
  for (const seq of [1, 2, 3, 4, 5, 6]) hear(alert(seq, `Alert number ${seq}`));
  const newest = screen.getByRole("region", { name: "Newest alerts" });
  await within(newest).findByText("Alert number 6");
  expect(within(newest).getAllByRole("listitem").map((row) => /number \d/.exec(row.textContent)?.[0])).toEqual([
    "number 6", "number 5", "number 4", "number 3", "number 2",
  ]);
  expect(within(newest).getAllByRole("link")[1]?.getAttribute("href")).toBe("#/alerts?alert=e%2F6");
  await screen.findByRole("link", { name: /Alerts in 24 h.*13.*8 not acknowledged/ });
});

test("the chart says in words what it draws, and has its numbers beside it", async () => {
  renderApp({ "api/stats": stats() });
  await screen.findByRole("figure", { name: /40 events in the last hour, 2 of them on the alerts channel; 40 in the busiest/ });
  const numbers = screen.getByText("As numbers");
  act(() => numbers.click());
  const rows = within(await screen.findByRole("table")).getAllByRole("row");
  expect(rows).toHaveLength(61);
  expect(rows[4]?.textContent).toMatch(/240$/); // 2 alerts, 40 events
});

test("what is away is said in words", async () => {
  renderApp({ "api/stats": stats() });
  await screen.findByRole("heading", { name: "Overview" });
  const system = screen.getByRole("region", { name: "System" });
  expect(within(system).getAllByText("not known yet")).toHaveLength(4);
  act(() => {
    useLiveStore.getState().setHealth({ bridge: "online", broker: "online", storage: "offline", lag_seconds: 90, reason: "database is locked" });
  });
  const parts = within(system).getAllByRole("listitem").map((part) => part.textContent);
  expect(parts).toEqual(["Bridgetakes in events", "Brokerconnected", "Databaseaway", "Lag1 min behind"]);
});

test("a home that was never heard says what to paste", async () => {
  renderApp({ "api/stats": { ...stats(0, 0), devices: { known: 0, online: 0, blocked: 0 } } });
  act(() => useDevicesStore.getState().apply([snapshot()]));
  await screen.findByText("Nothing was heard yet");
  expect(await screen.findByText(/^mosquitto_pub .*-t homeguard\/alerts/)).toBeTruthy();
  hear(alert(1, "Port scan"));
  expect(await screen.findByText("Port scan")).toBeTruthy();
  expect(screen.queryByText("Nothing was heard yet")).toBeNull();
});

test("counts that do not come are said, and asked for again", async () => {
  const answers: Record<string, unknown> = {};
  renderApp(answers);
  await screen.findByText("The counts are not up to date");
  answers["api/stats"] = stats();
  act(() => screen.getByRole("button", { name: "Try again" }).click());
  await screen.findByRole("link", { name: /Alerts in 24 h.*7/ });
  await waitFor(() => expect(screen.queryByText("The counts are not up to date")).toBeNull());
});

test("who reads alerts alone is told of alerts alone", async () => {
  renderApp({ "api/stats": { ...stats(), devices: null, minutes: [{ at: minuteAgo(3), alerts: 2, devices: null }] } }, ["alerts"]);
  expect(await screen.findByRole("link", { name: /Alerts in 24 h.*7/ })).toBeTruthy();
  expect(await screen.findByRole("figure", { name: /^Bar chart: 2 events in the last hour, 2 of them/ })).toBeTruthy();
  expect(screen.queryByText("Devices online")).toBeNull();
  expect(screen.queryByText("Blocked")).toBeNull();
});

test("who reads devices alone is told of devices alone", async () => {
  renderApp({ "api/stats": { ...stats(), alerts_24h: null, minutes: [{ at: minuteAgo(3), alerts: null, devices: 38 }] } }, ["devices"]);
  expect(await screen.findByRole("link", { name: /Devices online.*5/ })).toBeTruthy();
  expect(await screen.findByRole("figure", { name: "Bar chart: 38 events in the last hour; 38 in the busiest minute." })).toBeTruthy();
  expect(screen.queryByText("Alerts in 24 h")).toBeNull();
  expect(screen.queryByRole("region", { name: "Newest alerts" })).toBeNull();
});
