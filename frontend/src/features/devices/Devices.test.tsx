import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Router } from "wouter";
import type { Device, Role } from "../../lib/api/types";
import { hashRouting, navigate } from "../../lib/hash";
import { useAuthStore } from "../../stores/auth";
import { useDevicesStore } from "../../stores/devices";
import Devices from "./Devices";
import { makeBlock, makeDevice, makeReport } from "./fixtures";

const CAM = makeDevice("cam-1", { name: "Front door", kind: "camera", status: "online", ip: "192.168.1.20" });
const TV = makeDevice("tv-1", { kind: "tv", status: "offline" });

const tell = (...devices: Device[]) =>
  act(() =>
    useDevicesStore.getState().apply([{ type: "snapshot", channel: "devices", since: 0, seq: 1, data: devices, removed: [] }]),
  );

function show(role: Role = "admin") {
  useAuthStore.setState({ status: "signed-in", user: { username: "ada", role, channels: ["alerts", "devices"] } });
  return render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <Router {...hashRouting}>
          <Devices />
        </Router>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const rows = () => screen.getAllByRole("row").slice(1).map((row) => within(row).getByRole("link").textContent);
const answer = (status: number, body: unknown) =>
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json(body, { status }));

beforeEach(() => {
  vi.spyOn(window, "scrollTo").mockImplementation(() => {}); // jsdom has none; the virtual list asks for it
  useDevicesStore.getState().reset();
  navigate("/devices", { replace: true });
});
afterEach(() => {
  useAuthStore.getState().signedOut();
});

test("before anything is known nothing is claimed; an empty home gets the line that adds a device", async () => {
  show();
  expect(screen.getByRole("status", { name: "Loading the devices" })).toBeTruthy();
  tell();
  expect(await screen.findByText(/-t homeguard\/devices -m/)).toBeTruthy();
});

test("a device is shown with what is known of it", () => {
  show();
  tell(CAM, TV);
  const row = screen.getByRole("row", { name: /Front door/ });
  for (const words of ["cam-1", "camera", "Online", "192.168.1.20", "Not blocked"]) expect(within(row).getByText(words)).toBeTruthy();
  expect(screen.getByText("2 devices")).toBeTruthy();
});

test("search, filter and order stand in the address", async () => {
  const user = userEvent.setup();
  show();
  tell(CAM, TV);
  await user.keyboard("/front");
  expect(rows()).toEqual(["Front door"]);
  expect(window.location.hash).toBe("#/devices?q=front");
  await user.click(screen.getByRole("button", { name: "Clear the search" }));
  await user.click(screen.getByRole("radio", { name: "Offline" }));
  expect(rows()).toEqual(["tv-1"]);
  await user.click(screen.getByRole("radio", { name: "All" }));
  await user.click(screen.getByRole("button", { name: "Device" }));
  expect(rows()).toEqual(["tv-1", "Front door"]);
  expect(window.location.hash).toBe("#/devices?sort=-name");
  expect(screen.getByRole("columnheader", { name: /Device/ }).getAttribute("aria-sort")).toBe("descending");
});

test("where nothing matches the filters can be cleared", async () => {
  const user = userEvent.setup();
  navigate("/devices?q=fridge&status=blocked");
  show();
  tell(CAM);
  await user.click(screen.getByRole("button", { name: "Clear the filters" }));
  expect(rows()).toEqual(["Front door"]);
});

test("a click on a row opens its device", async () => {
  const user = userEvent.setup();
  show();
  tell(CAM);
  await user.click(screen.getByText("192.168.1.20"));
  expect(window.location.hash).toBe("#/devices/cam-1");
});

test("the arrows walk, and b asks to block the device in focus", async () => {
  const user = userEvent.setup();
  const fetch = answer(202, CAM);
  show();
  tell(CAM, TV);
  screen.getByRole("link", { name: "Front door" }).focus();
  await user.keyboard("{ArrowDown}b");
  const dialog = await screen.findByRole("dialog", { name: "Block tv-1" });
  await user.click(within(dialog).getByRole("checkbox", { name: "Bedtime" }));
  await user.click(within(dialog).getByRole("radio", { name: "8 hours" }));
  await user.click(within(dialog).getByRole("button", { name: "Block" }));
  expect(screen.queryByRole("dialog")).toBeNull();
  const [url, request] = fetch.mock.calls[0] ?? [];
  expect(String(url)).toMatch(/\/api\/devices\/tv-1\/block$/);
  expect(JSON.parse(String(request?.body))).toEqual({ reason: "Bedtime", minutes: 480 });
  // The answer is not taken for the truth: the row says what the socket says.
  expect(within(screen.getByRole("row", { name: /tv-1/ })).getByText("Not blocked")).toBeTruthy();
});

test("what could not be stored is said, and the dialog stays", async () => {
  const user = userEvent.setup();
  answer(503, { type: "urn:homeguard:problem:unavailable", detail: "storage is away" });
  show();
  tell(CAM);
  await user.click(screen.getByRole("button", { name: "Block Front door" }));
  await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Block" }));
  expect((await screen.findByRole("alert")).textContent).toMatch(/could not be stored. It is not blocked/);
});

test("the row tells what is really in force", () => {
  show();
  tell({ ...CAM, block: makeBlock("enforced", { reports: { firewall: makeReport("enforced", { took_ms: 41 }) } }) });
  const row = within(screen.getByRole("row", { name: /Front door/ }));
  expect(row.getByText("Blocked")).toBeTruthy();
  expect(row.getByText("Enforced in 41 ms by firewall")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Unblock Front door" })).toBeTruthy();
});

test("a viewer sees the state and no button", async () => {
  const user = userEvent.setup();
  show("viewer");
  tell({ ...CAM, block: makeBlock("enforced", { reports: { firewall: makeReport("enforced") } }) });
  expect(within(screen.getByRole("row", { name: /Front door/ })).getByText("Blocked")).toBeTruthy();
  expect(screen.queryByRole("button", { name: /lock Front door/ })).toBeNull();
  screen.getByRole("link", { name: "Front door" }).focus();
  await user.keyboard("b");
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("of thousands only those near the window are drawn, and told as part of all", () => {
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(57); // nothing has a height in jsdom
  show();
  tell(...Array.from({ length: 5_000 }, (_, index) => makeDevice(`d-${index}`)));
  expect(screen.getByText("5000 devices")).toBeTruthy();
  expect(screen.getByRole("table").getAttribute("aria-rowcount")).toBe("5001");
  expect(screen.getAllByRole("row").length).toBeLessThan(200);
});
