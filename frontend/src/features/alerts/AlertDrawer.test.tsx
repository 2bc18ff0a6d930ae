import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { useAlertsStore } from "../../stores/alerts";
import { useAuthStore } from "../../stores/auth";
import { renderPage, serve, signInAs } from "../../test/page";
import AlertDrawer from "./AlertDrawer";
import { alertOf } from "./fixtures";

const known = alertOf(7, { id: "scan-1", category: "network", details: { ports: [22, 80], host: "tv" }, note: "<b>unknown field</b>" });
const open = (id: string, alerts = [known]) => renderPage(<AlertDrawer id={id} alerts={alerts} canAcknowledge onClose={vi.fn()} />);

beforeEach(() => {
  useAlertsStore.getState().reset();
  signInAs("operator");
});

test("everything that the publisher said is there, as text", async () => {
  const asked = serve({});
  open("e-7");
  const drawer = within(await screen.findByRole("dialog", { name: "Alert" }));
  for (const words of ["Port scan", "scan-1", "network", "[22,80]", "tv", "<b>unknown field</b>"]) expect(drawer.getByText(words)).toBeTruthy();
  expect(drawer.getByRole("link", { name: "cam-1" }).getAttribute("href")).toBe("#/devices/cam-1");
  expect(asked).toEqual([]);
});

test("who reads no devices has no link to one", async () => {
  const { user } = useAuthStore.getState();
  useAuthStore.setState({ user: user && { ...user, channels: ["alerts"] } });
  open("e-7");
  const drawer = within(await screen.findByRole("dialog", { name: "Alert" }));
  expect(drawer.getByText("cam-1")).toBeTruthy();
  expect(drawer.queryByRole("link")).toBeNull();
});

test("the raw JSON can be copied", async () => {
  const user = userEvent.setup();
  open("e-7");
  await user.click(await screen.findByText("Raw JSON", { selector: "summary" }));
  await user.click(screen.getByRole("button", { name: "Copy" }));
  expect(JSON.parse(await navigator.clipboard.readText())).toEqual(known);
});

test("an alert that is not in memory is asked for", async () => {
  serve({ "GET api/alerts/e-7": known });
  open("e-7", []);
  expect(await screen.findByRole("heading", { name: "Port scan" })).toBeTruthy();
});

test("one that is not kept any more is said to be gone", async () => {
  serve({});
  open("e-7", []);
  expect((await screen.findByRole("alert")).textContent).toMatch(/too old/);
});

test("closed, it gives the focus back to what opened it", async () => {
  const opener = document.body.appendChild(document.createElement("button"));
  opener.focus();
  const { unmount } = open("e-7");
  await waitFor(() => expect(document.activeElement).not.toBe(opener));
  unmount();
  expect(document.activeElement).toBe(opener);
  opener.remove();
});

test.each([
  ["new_device", {}, /If you do not, block it there/, ["cam-1"]],
  ["new_device", { quarantined: true }, /blocked until somebody lets it in/, ["cam-1"]],
  ["spoofing", { claimed: "door-1" }, /in another's name was rejected/, ["cam-1", "door-1"]],
  ["drift", { enforcer: "firewall" }, /what is in force of its block by hand/, ["cam-1"]],
  ["drift", { account: "cam-1" }, /its account at the broker by hand/, ["cam-1"]],
])("an alert of HomeGuard's about %s %o leads to its devices", async (category, details, words, devices) => {
  open("e-9", [alertOf(9, { raised_by: "homeguard", category, details })]);
  const drawer = within(await screen.findByRole("dialog", { name: "Alert" }));
  expect(drawer.getByText(words)).toBeTruthy();
  expect(drawer.getAllByRole("link", { name: /^Open/ }).map((link) => link.getAttribute("href"))).toEqual(devices.map((id) => `#/devices/${id}`));
});

test("what a device says in a category of HomeGuard's leads nowhere", async () => {
  open("e-9", [alertOf(9, { category: "spoofing", details: { claimed: "door-1" } })]);
  await screen.findByRole("dialog", { name: "Alert" });
  expect(screen.queryByRole("link", { name: /^Open/ })).toBeNull();
});

test("what is about no device has no link to one", async () => {
  open("e-9", [alertOf(9, { raised_by: "homeguard", category: "drift", device_id: "homeguard", details: { account: "operator" } })]);
  await screen.findByRole("dialog", { name: "Alert" });
  expect(screen.queryByRole("link")).toBeNull();
});
