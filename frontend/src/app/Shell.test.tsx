import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { navigate } from "../lib/hash";
import { switchKeys } from "../lib/keys";
import { useAuthStore } from "../stores/auth";
import { notePulse, resetPulse } from "../stores/pulse";
import { renderApp } from "../test/app";
import { followHistory } from "./arrival";

const AT = "2026-11-28T20:00:00Z";
const later = (seconds: number) => new Date(Date.parse(AT) + seconds * 1_000).toISOString();
const STATS = {
  at: AT,
  alerts_24h: { total: 5, unacknowledged: 3, by_severity: { info: 0, low: 0, medium: 5, high: 0, critical: 0 } },
  devices: { known: 0, online: 0, blocked: 0 },
  minutes: [],
};

let stopFollowing: () => void;

afterEach(() => stopFollowing());

beforeEach(() => {
  stopFollowing = followHistory();
  navigate("/", { replace: true });
  resetPulse();
  switchKeys(true);
  window.scrollTo = vi.fn<() => void>();
});

const there = (name: string) => screen.findByRole("heading", { level: 2, name });

test("a link leads to its page, says so, and the title of the page takes the focus", async () => {
  renderApp();
  await there("Overview");
  expect(document.activeElement).toBe(document.body); // who has just opened the page is not moved
  await userEvent.click(screen.getByRole("link", { name: "Devices" }));
  const title = await there("Devices");
  await waitFor(() => expect(document.activeElement).toBe(title));
  expect(screen.getByRole("link", { name: "Devices" }).getAttribute("aria-current")).toBe("page");
  expect(screen.getByRole("link", { name: "Overview" }).hasAttribute("aria-current")).toBe(false);
  expect(document.title).toBe("Devices · HomeGuard");
  expect(window.scrollTo).toHaveBeenLastCalledWith(0, 0);
});

test("keys lead to pages, and the help lists them", async () => {
  renderApp();
  await there("Overview");
  await userEvent.keyboard("gs");
  await there("System");
  await userEvent.keyboard("?");
  const help = await screen.findByRole("dialog", { name: "Keyboard" });
  expect(help.textContent).toContain("Go to Devices");
  await userEvent.keyboard("go"); // the dialog has the keyboard
  expect(window.location.hash).toBe("#/system");
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

test("who switches keys off can switch them on again", async () => {
  renderApp();
  await there("Overview");
  await userEvent.click(screen.getByRole("button", { name: "Keyboard" }));
  await userEvent.click(await screen.findByRole("switch", { name: /Keys of one letter/ }));
  await userEvent.keyboard("{Escape}");
  await userEvent.keyboard("gd");
  expect(window.location.hash).toBe("#/");
  await userEvent.click(screen.getByRole("button", { name: "Keyboard" }));
  await userEvent.click(await screen.findByRole("switch", { name: /Keys of one letter/ }));
  await userEvent.keyboard("{Escape}");
  await userEvent.keyboard("gd");
  await there("Devices");
});

test("the account's menu shows the keys too: a phone has no room for the button", async () => {
  renderApp();
  await there("Overview");
  switchKeys(false);
  await userEvent.click(screen.getByRole("button", { name: "Your account" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Keyboard" }));
  expect(await screen.findByRole("dialog", { name: "Keyboard" })).toBeTruthy();
});

test("the alerts that nobody has acknowledged are told beside the page, and move on with what comes", async () => {
  renderApp({ "api/stats": STATS });
  expect(await screen.findByRole("link", { name: /Alerts, 3 not acknowledged/ })).toBeTruthy();
  expect(document.title).toBe("(3) Overview · HomeGuard");
  notePulse([{ type: "new_alert", at: later(1) }, { type: "new_alert", at: later(2) }, { type: "alert_acknowledged", at: later(3) }]);
  expect(await screen.findByRole("link", { name: /Alerts, 4 not acknowledged/ })).toBeTruthy();
});

test("the skip link leads past the frame", async () => {
  renderApp();
  await there("Overview");
  await userEvent.click(screen.getByRole("button", { name: "Skip to the page" }));
  expect(document.activeElement).toBe(screen.getByRole("main"));
});

test("the colours go round: as the system, light, dark", async () => {
  renderApp();
  for (const name of ["Colours: as the system. Change to light", "Colours: light. Change to dark", "Colours: dark. Change to as the system"]) {
    await userEvent.click(screen.getByRole("button", { name }));
  }
  expect(screen.getByRole("button", { name: /as the system\. Change/ })).toBeTruthy();
});

test("who signs out leaves a title that tells nothing", async () => {
  renderApp({ "api/stats": STATS });
  await waitFor(() => expect(document.title).toBe("(3) Overview · HomeGuard"));
  useAuthStore.getState().signedOut();
  await waitFor(() => expect(document.title).toBe("HomeGuard"));
});

test.each([
  ["alerts", ["Overview", "Alerts", "System"], "/devices/cam-1", "Devices"],
  ["devices", ["Overview", "Devices", "System"], "/alerts?severity=high", "Alerts"],
] as const)("who reads %s alone has the pages that fit, and an old link says why it shows nothing", async (channel, pages, link, title) => {
  renderApp({ "api/stats": { ...STATS, [channel === "alerts" ? "devices" : "alerts_24h"]: null } }, [channel]);
  await there("Overview");
  expect(within(screen.getByRole("navigation")).getAllByRole("link").map(({ textContent }) => textContent?.replace(/\d.*/, ""))).toEqual(pages);
  navigate(link);
  await there(title);
  expect(screen.getByText(`Your user does not read ${title.toLowerCase()}`)).toBeTruthy();
  await userEvent.click(screen.getByRole("link", { name: "Show the overview" }));
  await there("Overview");
});
