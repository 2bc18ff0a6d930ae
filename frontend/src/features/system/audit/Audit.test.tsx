import { screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { navigate } from "../../../lib/hash";
import { type Asked, problem, renderPage, serve, signInAs } from "../../../test/page";
import Audit from "./Audit";

const entry = (id: number, more: object = {}) => ({
  id, at: "2026-11-28T20:00:00.000Z", action: "blocked", by: "admin", address: "192.168.1.4", target: `cam-${id}`, details: {}, ...more,
});
const USERS = { "GET api/users": { items: [{ username: "ada", role: "admin", channels: [], created_at: "" }], next: null } };
const sentences = () => screen.getAllByRole("listitem").map((item) => item.firstChild?.textContent);
const audit = (asked: readonly Asked[]) => asked.filter(({ path }) => path === "api/audit").map(({ query }) => query.toString());

beforeEach(() => {
  signInAs("admin", "ada");
  navigate("/system?tab=audit", { replace: true });
});

test("entries are sentences, the newest first, with a way to the device; older ones come when they are asked for", async () => {
  const asked = serve({
    ...USERS,
    "GET api/audit": ({ query }) => (query.has("before") ? { items: [entry(1)], next: null } : { items: [entry(3), entry(2)], next: 2 }),
  });
  renderPage(<Audit />);
  await waitFor(() => expect(sentences()).toEqual(["admin blocked cam-3, from 192.168.1.4", "admin blocked cam-2, from 192.168.1.4"]));
  expect(screen.getByRole("link", { name: "cam-3" }).getAttribute("href")).toBe("#/devices/cam-3");
  await userEvent.click(screen.getByRole("button", { name: "Load older ones" }));
  await waitFor(() => expect(sentences()).toHaveLength(3));
  expect(audit(asked)).toEqual(["limit=50", "limit=50&before=2"]);
  expect(screen.queryByRole("button", { name: "Load older ones" })).toBeNull();
});

test("what is shown is chosen by what was done and by whom, and stands in the address", async () => {
  const asked = serve({ ...USERS, "GET api/audit": { items: [], next: null } });
  renderPage(<Audit />);
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "What was done" }), "Blocked");
  await userEvent.selectOptions(screen.getByRole("combobox", { name: "By whom" }), await screen.findByRole("option", { name: "By a timer" }));
  expect(window.location.hash).toBe("#/system?tab=audit&action=blocked&by=timer");
  await waitFor(() => expect(audit(asked).at(-1)).toBe("action=blocked&by=timer&limit=50"));
  await userEvent.click(await screen.findByRole("button", { name: "Clear the filters" }));
  expect(window.location.hash).toBe("#/system?tab=audit");
});

test("who was removed can still be asked for", async () => {
  navigate("/system?tab=audit&by=zoe", { replace: true });
  serve({ ...USERS, "GET api/audit": { items: [entry(1, { by: "zoe" })], next: null } });
  renderPage(<Audit />);
  expect(screen.getByRole<HTMLSelectElement>("combobox", { name: "By whom" }).value).toBe("zoe");
  expect(await screen.findByText(/^zoe blocked/)).toBeTruthy();
});

test("where it cannot be read that is said, and Retry reads it", async () => {
  let isThere = false;
  serve({ ...USERS, "GET api/audit": () => (isThere ? { items: [entry(1)], next: null } : problem(403, "this needs the role admin")) });
  renderPage(<Audit />);
  await screen.findByText("This needs the role admin");
  isThere = true;
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(await screen.findByText(/blocked/, { selector: "p" })).toBeTruthy();
});
