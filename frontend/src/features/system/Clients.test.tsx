import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { problem, renderPage, serve } from "../../test/page";
import { Clients } from "./Clients";

const LIST = "GET api/clients";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const connection = (user: string, more: object = {}) => ({
  user, role: "viewer", channel: "alerts", address: "192.168.1.20", since: "2026-11-23T20:00:00.000Z", client: FIREFOX, ...more,
});

afterEach(() => vi.useRealTimers());

test("each connection says who, from where and with what", async () => {
  serve({ [LIST]: { items: [connection("ada"), connection("ada", { channel: "devices", client: null })], total: 2, next: null } });
  renderPage(<Clients />);
  const rows = within(await screen.findByRole("table", { name: "Connected clients" })).getAllByRole("row").slice(1);
  expect(rows[0]?.textContent).toMatch(/^adaviewer.*alerts192\.168\.1\.20.*Firefox 128 on Linux$/);
  expect(rows[1]?.textContent).toMatch(/devices.*unknown$/);
  expect(screen.getByTitle(FIREFOX)).toBeTruthy();
  expect(screen.getByText("2 connections. A page has one for each channel.")).toBeTruthy();
});

test("where more are connected than are shown, that is said; those that are the same in everything are all shown", async () => {
  serve({ [LIST]: { items: [connection("ada"), connection("ada")], total: 1_200, next: null } });
  renderPage(<Clients />);
  expect(await screen.findByText("1,200 connections; the newest 2 are shown.")).toBeTruthy();
  expect(screen.getAllByRole("row")).toHaveLength(3);
});

test("the list is read again while it is shown", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  let user = "ada";
  serve({ [LIST]: () => ({ items: [connection(user)], total: 1, next: null }) });
  renderPage(<Clients />);
  await screen.findByRole("cell", { name: "ada" });
  user = "bob";
  vi.advanceTimersByTime(5_000);
  await waitFor(() => expect(screen.getByRole("cell", { name: "bob" })).toBeTruthy());
});

test("nobody is said", async () => {
  serve({ [LIST]: { items: [], total: 0, next: null } });
  renderPage(<Clients />);
  expect(await screen.findByText("Nobody is connected")).toBeTruthy();
});

test("where it cannot be read that is said", async () => {
  serve({ [LIST]: () => problem(503, "the storage is away") });
  renderPage(<Clients />);
  expect((await screen.findByRole("alert")).textContent).toContain("Who is connected could not be read");
});
