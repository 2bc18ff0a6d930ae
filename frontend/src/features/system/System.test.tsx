import { screen, waitFor, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { navigate } from "../../lib/hash";
import type { Role } from "../../lib/api/types";
import { useLiveStore } from "../../stores/live";
import { problem, renderPage, serve, signInAs } from "../../test/page";
import System from "./System";

const READY = { status: "ready", bridge: "online", broker: "online", storage: "online", lag_seconds: 0, reason: null };
const ABOUT = {
  version: "0.1.0", python: "3.11.2", database: "SQLite 3.40.1", broker: "mosquitto version 2.0.11", epoch: "5f0c2a91",
  licences: [{ name: "fastapi", version: "0.165.0", licence: "MIT" }, { name: "psycopg", version: "3.3", licence: "LGPL-3.0" }],
};
const BUNDLED = [{ name: "react", version: "19.3.1", identifier: "MIT", text: "…" }];
const ALL = { "GET readyz": READY, "GET api/about": ABOUT, "GET licences.json": BUNDLED };

beforeEach(() => useLiveStore.getState().reset());

function show(tab: string, role: Role = "admin") {
  signInAs(role);
  navigate(`/system?tab=${tab}`, { replace: true });
  renderPage(<System />);
}

test("the tab is in the URL", async () => {
  serve(ALL);
  show("health");
  await userEvent.click(screen.getByRole("tab", { name: "About" }));
  expect(window.location.hash).toBe("#/system?tab=about");
  expect(await screen.findByText("SQLite 3.40.1")).toBeTruthy();
});

test("a tab that does not exist is the first one", () => {
  serve(ALL);
  show("nonsense");
  expect(screen.getByRole("tab", { name: "Health" }).getAttribute("aria-selected")).toBe("true");
});

test.each([
  ["rejects", "viewer", "operator"],
  ["clients", "viewer", "operator"],
  ["users", "viewer", "admin"],
  ["users", "operator", "admin"],
] as const)("%s tells a %s that it needs an %s, and asks the server nothing", (tab, role, least) => {
  const asked = serve({});
  show(tab, role);
  expect(screen.getByRole("alert").textContent).toContain(`This needs the role ${least}`);
  expect(asked).toEqual([]);
});

test("health says that everything works, with what runs", async () => {
  serve(ALL);
  show("health", "viewer");
  expect(await screen.findByRole("heading", { name: "Everything works" })).toBeTruthy();
  expect(await screen.findByText("HomeGuard 0.1.0")).toBeTruthy();
  expect(screen.getByText("mosquitto version 2.0.11")).toBeTruthy();
});

test("health says what does not work and why, where the server is not ready", async () => {
  const state = { ...READY, status: "not_ready", storage: "offline", lag_seconds: 9, reason: "database is locked" };
  serve({ ...ALL, "GET readyz": () => Response.json(state, { status: 503 }) });
  show("health");
  expect((await screen.findByRole("heading", { name: "Not everything works" })).parentElement?.textContent).toContain("database is locked");
  expect(screen.getByText("Database").parentElement?.textContent).toContain("Is away");
  expect(screen.getByText("Lag").parentElement?.textContent).toContain("9 s");
});

test("what the socket tells is newer than what was asked", async () => {
  serve(ALL);
  const { setChannel, setHealth } = useLiveStore.getState();
  for (const channel of ["alerts", "devices"] as const) setChannel(channel, { mode: "live" });
  setHealth({ bridge: "offline", broker: "online", storage: "online", lag_seconds: 0, reason: "connection refused" });
  show("health");
  expect(await screen.findByRole("heading", { name: "Not everything works" })).toBeTruthy();
});

test("health says where the server does not answer, and asks again when told to", async () => {
  let isThere = false;
  serve({ ...ALL, "GET readyz": () => (isThere ? READY : problem(502, "Bad gateway")) });
  show("health");
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("Bad gateway");
  isThere = true;
  await userEvent.click(within(alert).getByRole("button", { name: "Retry" }));
  expect(await screen.findByRole("heading", { name: "Everything works" })).toBeTruthy();
});

test("health counts what this page has missed", () => {
  serve(ALL);
  useLiveStore.getState().setChannel("alerts", { mode: "polling", holes: 2, gaps: 1, heardAt: Date.now() });
  show("health");
  const cells = within(screen.getByRole("row", { name: /^Alerts/ })).getAllByRole("cell");
  expect(cells.map((cell) => cell.textContent)).toEqual(["Alerts", "Polling every few seconds", "just now", "2", "1"]);
});

test("about lists the packages of server and page, and finds them by licence", async () => {
  serve(ALL);
  show("about", "viewer");
  expect(await screen.findByRole("row", { name: "react 19.3.1 MIT this page" })).toBeTruthy();
  await userEvent.type(screen.getByRole("textbox", { name: "Search the licences" }), "lgpl");
  await waitFor(() => expect(screen.queryByRole("row", { name: /^react/ })).toBeNull());
  expect(screen.getByRole("row", { name: "psycopg 3.3 LGPL-3.0 the server" })).toBeTruthy();
  expect(screen.getByText("1 of 3")).toBeTruthy();
  await userEvent.type(screen.getByRole("textbox", { name: "Search the licences" }), " no such");
  expect(screen.getByText("No package is like that")).toBeTruthy();
});

test("about says where it could not be read, and tries again when told to", async () => {
  let isThere = false;
  serve({ ...ALL, "GET api/about": () => (isThere ? ABOUT : problem(503, "the storage is away", { retryAfter: 5 })) });
  show("about");
  expect((await screen.findByRole("alert")).textContent).toContain("The storage is away. Try again in 5 seconds.");
  isThere = true;
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(await screen.findByText("SQLite 3.40.1")).toBeTruthy();
});

test("about of a page that was not built says that it has no list of its own", async () => {
  serve({ ...ALL, "GET licences.json": () => new Response("<!doctype html>") });
  show("about");
  expect(await screen.findByText("This page was not built, so it has no list of its packages")).toBeTruthy();
  expect(screen.getByRole("row", { name: /^fastapi/ })).toBeTruthy();
});
