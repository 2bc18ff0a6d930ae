import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pass, Watching } from "../test/watching";

let page: Watching;

beforeEach(() => {
  page = new Watching();
});

afterEach(() => page.end());

test("polling takes over after three seconds and hands back, with neither loss nor double", async () => {
  await page.connect();
  page.server.happen("alerts");
  page.server.takesSockets = false;
  page.server.cut(1006);
  page.server.happen("alerts");
  await pass(2_900);
  expect([page.modes, page.alerts]).toEqual([["reconnecting", "reconnecting"], [1]]);
  await pass(200);
  expect([page.modes, page.alerts]).toEqual([["polling", "polling"], [1, 2]]);
  page.server.happen("alerts");
  page.server.happen("devices");
  await pass(5_000);
  expect([page.alerts, page.devices]).toEqual([[1, 2, 3], ["device-4"]]);
  page.server.happen("alerts");
  page.server.takesSockets = true;
  await pass(15_000);
  expect([page.modes, page.alerts]).toEqual([["live", "live"], [1, 2, 3, 5]]);
  const polls = page.requestsOf("api/events").length;
  page.server.happen("alerts");
  await pass(15_000);
  expect(page.alerts).toEqual([1, 2, 3, 5, 6]);
  expect(page.requestsOf("api/events").length).toBe(polls);
});

test("it begins by itself where there never was a socket", async () => {
  page.server.takesSockets = false;
  page.server.happen("devices");
  page.server.happen("alerts");
  await page.connect();
  await pass(3_100);
  expect([page.devices, page.alerts, page.begun.toSorted()]).toEqual([["device-1"], [], ["alerts", "devices"]]);
  page.server.happen("devices");
  page.server.happen("alerts");
  await pass(5_000);
  expect([page.devices, page.alerts]).toEqual([["device-1", "device-3"], [4]]);
});

test("it reads a long backlog in one go", async () => {
  await page.connect();
  page.server.takesSockets = false;
  page.server.cut(1006);
  for (let count = 0; count < 1_200; count++) page.server.happen("alerts");
  await pass(3_100);
  expect(page.alerts).toEqual(page.server.journal.map(({ seq }) => seq));
});

test("it notices another journal", async () => {
  await page.connect();
  page.server.happen("alerts");
  page.server.takesSockets = false;
  page.server.cut(1006);
  Object.assign(page.server, { epoch: "e2", journal: [], seq: 0 });
  await pass(3_100);
  page.server.happen("alerts");
  await pass(5_000);
  expect(page.begun.slice(2).toSorted()).toEqual(["alerts anew", "devices anew"]);
  expect(page.alerts).toEqual([1, 1]);
});

test("an answer that comes after the socket is back counts for nothing", async () => {
  await page.connect();
  page.server.takesSockets = false;
  page.server.cut(1006);
  const late = page.server.delay("api/events");
  await pass(3_100);
  page.server.takesSockets = true;
  await pass(15_000);
  const event = page.server.happen("alerts");
  late(Response.json({ items: [event], next: null, epoch: "e1", head: 1, gap: null }));
  await pass(1);
  expect([page.modes, page.alerts]).toEqual([["live", "live"], [1]]);
});

test("what is not answered is offline; the first answer brings the socket back at once", async () => {
  await page.connect();
  vi.mocked(Math.random).mockReturnValue(1); // so the socket itself would come back in fifteen seconds
  page.server.isReachable = false;
  page.server.cut(1006);
  await pass(3_100);
  expect(page.modes).toEqual(["offline", "offline"]);
  await pass(120_000);
  page.server.isReachable = true;
  await pass(5_001);
  expect(page.modes).toEqual(["live", "live"]);
});
