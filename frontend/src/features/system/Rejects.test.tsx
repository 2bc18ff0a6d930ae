import { screen, within } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Rest } from "../../lib/api/types";
import { problem, renderPage, serve } from "../../test/page";
import { Rejects } from "./Rejects";

const LIST = "GET api/rejects";
const reject = (id: number, more: Partial<Rest.RejectView> = {}): Rest.RejectView => ({
  id, at: "2026-11-23T20:00:00.000Z", topic: "homeguard/alerts", reason: "the payload is not JSON", field: null, payload: `hello ${id}`,
  payload_bytes: 7, ...more,
});
const items = () => screen.getAllByRole("listitem").map((item) => item.textContent);

test("none is good, and says how to make one", async () => {
  serve({ [LIST]: { items: [], next: null } });
  renderPage(<Rejects />);
  expect(await screen.findByText("Everything could be read")).toBeTruthy();
  expect(await screen.findByText(/^mosquitto_pub .* -t homeguard\/alerts -m 'hello\?'$/)).toBeTruthy();
});

test("each says from where, why and what, and older ones come when asked for", async () => {
  const asked = serve({
    [LIST]: ({ query }) =>
      query.get("before") === null
        ? { items: [reject(9, { reason: "severity must be one of …", field: "severity" }), reject(8)], next: 8 }
        : { items: [reject(7)], next: null },
  });
  renderPage(<Rejects />);
  await screen.findByText("hello 9");
  expect(items()[0]).toMatch(/^homeguard\/alerts.*severity must be one of … \(field severity\)hello 97 bytes$/);
  await userEvent.click(screen.getByRole("button", { name: "Load older ones" }));
  await screen.findByText("hello 7");
  expect(asked.map(({ query }) => query.get("before"))).toEqual([null, "8"]);
  expect(items()).toHaveLength(3);
  expect(screen.queryByRole("button", { name: "Load older ones" })).toBeNull();
});

test("what is hostile is only text, and what cannot be seen is written out", async () => {
  serve({ [LIST]: { items: [reject(1, { payload: "<img src=x onerror=alert(1)>\u202e", topic: "home\u0000guard" })], next: null } });
  renderPage(<Rejects />);
  expect(await screen.findByText("<img src=x onerror=alert(1)>\\u202e")).toBeTruthy();
  expect(screen.getByText("home\\u0000guard")).toBeTruthy();
});

test("a long one is cut until somebody asks for all of it, and says how much there was", async () => {
  const payload = `${"x".repeat(1_000)} the end`;
  serve({ [LIST]: { items: [reject(1, { payload, payload_bytes: 70_000 })], next: null } });
  renderPage(<Rejects />);
  const item = await screen.findByRole("listitem");
  expect(item.textContent).toContain("70,000 bytes, of which the first 1,024 are kept");
  expect(item.textContent).not.toContain("the end");
  await userEvent.click(within(item).getByRole("button", { name: "Show all" }));
  expect(item.textContent).toContain("the end");
});

test("where they cannot be read that is said, and Retry reads them", async () => {
  let isThere = false;
  serve({ [LIST]: () => (isThere ? { items: [reject(1)], next: null } : problem(503, "the storage is away")) });
  renderPage(<Rejects />);
  expect((await screen.findByRole("alert")).textContent).toContain("The storage is away");
  isThere = true;
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(await screen.findByText("hello 1")).toBeTruthy();
});

test("where older ones cannot be read, the newer ones stay", async () => {
  let isThere = false;
  serve({
    [LIST]: ({ query }) => {
      if (query.get("before") === null) return { items: [reject(9)], next: 9 };
      return isThere ? { items: [reject(8)], next: null } : problem(503, "the storage is away");
    },
  });
  renderPage(<Rejects />);
  await userEvent.click(await screen.findByRole("button", { name: "Load older ones" }));
  const alert = await screen.findByRole("alert");
  expect(screen.getByText("hello 9")).toBeTruthy();
  isThere = true;
  await userEvent.click(within(alert).getByRole("button", { name: "Retry" }));
  expect(await screen.findByText("hello 8")).toBeTruthy();
});
