import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Router } from "wouter";
import type { Device, Role } from "../../lib/api/types";
import { hashRouting, navigate } from "../../lib/hash";
import { useAlertsStore } from "../../stores/alerts";
import { useAuthStore } from "../../stores/auth";
import { useDevicesStore } from "../../stores/devices";
import DevicePage from "./DevicePage";
import { AT, makeBlock, makeDevice, makeReport } from "./fixtures";

const CAM = makeDevice("cam-1", {
  name: "Front door", kind: "camera", status: "online", telemetry: { battery_percent: 80, mode: "day" }, room: "Hall",
});
const update = (seq: number, device: Device) => ({
  type: "device_update", channel: "devices", seq, prev: 0, id: `e-${seq}`, at: `2026-11-23T19:0${seq}:00.000Z`, data: device,
});
const HISTORY = [update(2, CAM), update(1, { ...CAM, status: "offline", telemetry: { battery_percent: 81, mode: "day" } })];
const ALERT = { id: "e-9", seq: 9, at: AT, acknowledged: null, data: { device_id: "cam-1", severity: "high", reason: "Port scan", verified: true } } as const;
const live = (seq: number, device_id: string, reason: string) =>
  ({ type: "new_alert", channel: "alerts", seq, prev: 0, id: `e-${seq}`, at: AT, data: { ...ALERT.data, device_id, reason } }) as const;

const refusals = new Map<string, [status: number, detail: string]>();

function serve() {
  return vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const { pathname } = new URL(String(input));
    const refusal = refusals.get(`${init?.method} ${pathname}`);
    if (refusal) return Response.json({ type: "about:blank", detail: refusal[1] }, { status: refusal[0] });
    if (init?.method !== "GET") return Response.json(CAM);
    if (pathname.endsWith("/history")) return Response.json({ items: HISTORY, next: null });
    if (pathname.endsWith("/alerts")) return Response.json({ items: [ALERT], next: null });
    return Response.json({ ...CAM, last_seen_at: AT });
  });
}

const tell = (...data: Device[]) =>
  act(() => useDevicesStore.getState().apply([{ type: "snapshot", channel: "devices", since: 0, seq: 1, data, removed: [] }]));

function show(role: Role = "admin", id = "cam-1") {
  useAuthStore.setState({ status: "signed-in", user: { username: "ada", role, channels: ["alerts", "devices"] } });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <Router {...hashRouting}>
          <DevicePage id={id} />
        </Router>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const section = (name: string) => within(screen.getByRole("region", { name }));

beforeEach(() => {
  refusals.clear();
  useDevicesStore.getState().reset();
  useAlertsStore.getState().reset();
  navigate("/devices/cam-1", { replace: true });
});
afterEach(() => {
  useAuthStore.getState().signedOut();
});

test("a device is shown with its values, its alerts, its history and what else it said", async () => {
  serve();
  show();
  tell(CAM);
  expect(screen.getByRole("heading", { name: "Front door", level: 2 })).toBeTruthy();
  expect(await section("Telemetry").findByRole("img", { name: "battery: 3 values between 80 and 81, now 80" })).toBeTruthy();
  expect(section("Telemetry").getByText("80 %")).toBeTruthy();
  expect(section("Telemetry").getByText("day")).toBeTruthy();
  expect(section("History").getByText("came online · battery 81 → 80 %")).toBeTruthy();
  const alert = await section("Alerts").findByRole("link", { name: "Port scan" });
  expect(alert.getAttribute("href")).toBe("#/alerts?alert=e-9");
  expect(section("Alerts").getByRole("link", { name: "All its alerts" }).getAttribute("href")).toBe("#/alerts?device=cam-1");
  expect(section("Other").getByText("Hall")).toBeTruthy();
});

test("an alert of this device comes live, another's does not", async () => {
  serve();
  show();
  tell(CAM);
  await section("Alerts").findByRole("link", { name: "Port scan" });
  act(() => useAlertsStore.getState().apply([live(10, "cam-1", "Moved"), live(11, "tv-1", "Too loud")]));
  expect(section("Alerts").getAllByRole("listitem").map((item) => within(item).getByRole("link").textContent)).toEqual(["Moved", "Port scan"]);
});

test("the block tells who wished it, and each enforcer's answer", () => {
  serve();
  show();
  const reports = { broker: makeReport("enforced", { took_ms: 3 }), firewall: makeReport("failed", { detail: "no permission" }) };
  tell({ ...CAM, block: makeBlock("partial", { reason: "Port scan", reports }) });
  const block = section("Block");
  expect(block.getByText("Enforced only by broker")).toBeTruthy();
  expect(block.getByText(/Blocked by admin/).textContent).toMatch(/: Port scan$/);
  expect(block.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
    expect.stringContaining("broker enforced in 3 ms"), expect.stringContaining("firewall failed: no permission"),
  ]);
});

test("after some seconds without an answer it is said that nobody enforces blocks", () => {
  vi.useFakeTimers({ now: Date.parse(AT) });
  try {
    serve();
    show();
    tell({ ...CAM, block: makeBlock("pending") });
    expect(section("Block").getByText("Blocking…, waiting for an enforcer")).toBeTruthy();
    act(() => vi.advanceTimersByTime(9_000));
    expect(section("Block").getByRole("alert").textContent).toMatch(/None has answered it/);
  } finally {
    vi.useRealTimers();
  }
});

test("an unknown device has a way back", () => {
  show("admin", "cam-9");
  tell(CAM);
  expect(screen.getByText("There is no device cam-9")).toBeTruthy();
  expect(screen.getByRole("link", { name: "Show all devices" }).getAttribute("href")).toBe("#/devices");
});

test("history that cannot be read says so, and the rest stands", async () => {
  refusals.set("GET /api/devices/cam-1/history", [404, "no such thing"]);
  serve();
  show();
  tell(CAM);
  expect((await section("History").findByRole("alert")).textContent).toMatch(/no such thing/);
  expect(section("Telemetry").getByText("80 %")).toBeTruthy();
});

test("an admin renames it; an empty name is forgotten", async () => {
  const user = userEvent.setup();
  const fetch = serve();
  show();
  tell(CAM);
  await user.click(screen.getByRole("button", { name: "More to do with this device" }));
  await user.click(await screen.findByRole("menuitem", { name: "Rename…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await user.clear(dialog.getByRole("textbox", { name: "Name" }));
  await user.click(dialog.getByRole("button", { name: "Rename" }));
  const sent = fetch.mock.calls.find(([, init]) => init?.method === "PATCH");
  expect(JSON.parse(String(sent?.[1]?.body))).toEqual({ name: null, kind: "camera" });
});

test("a blocked device is not removed, and that is explained", async () => {
  const user = userEvent.setup();
  refusals.set("DELETE /api/devices/cam-1", [409, "cam-1 is blocked"]);
  serve();
  show();
  tell(CAM);
  await user.click(screen.getByRole("button", { name: "More to do with this device" }));
  await user.click(await screen.findByRole("menuitem", { name: "Remove…" }));
  const dialog = within(await screen.findByRole("dialog"));
  await user.click(dialog.getByRole("button", { name: "Remove" }));
  expect((await dialog.findByRole("alert")).textContent).toMatch(/Unblock it first/);
});

test("an operator blocks, only an admin renames", async () => {
  serve();
  show("operator");
  tell(CAM);
  expect(section("Block").getByRole("button", { name: "Block…" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "More to do with this device" })).toBeNull();
});

test("a newcomer is let in, not unblocked", async () => {
  const user = userEvent.setup();
  const fetch = serve();
  show("operator");
  tell({ ...CAM, block: makeBlock("pending", { by: "homeguard", reason: "new device: not yet let in" }) });
  expect(section("Block").getByText(/^It is new here: HomeGuard blocked it/)).toBeTruthy();
  await user.click(section("Block").getByRole("button", { name: "Let in…" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Let Front door in?" }));
  await user.click(dialog.getByRole("button", { name: "Let in" }));
  expect(fetch.mock.calls.some(([url, init]) => init?.method === "POST" && String(url).endsWith("/api/devices/cam-1/unblock"))).toBe(true);
});

test("who removes a device with an account is told that the account goes, too", async () => {
  const user = userEvent.setup();
  serve();
  show();
  tell({ ...CAM, has_account: true });
  await user.click(screen.getByRole("button", { name: "More to do with this device" }));
  expect(await screen.findByRole("menuitem", { name: "New password…" })).toBeTruthy();
  await user.click(screen.getByRole("menuitem", { name: "Remove…" }));
  expect(within(await screen.findByRole("dialog")).getByText(/removes its account at the broker/)).toBeTruthy();
});
