import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { signedIn } from "../test/FakeServer";
import { pass, Watching } from "../test/watching";

let page: Watching;

beforeEach(() => {
  page = new Watching();
});

afterEach(() => page.end());

describe("connecting", () => {
  test("it brings a ticket, no token, and begins with what there is", async () => {
    page.server.happen("alerts");
    page.server.happen("devices");
    await page.connect();
    const { query } = page.server.socket("alerts");
    expect(query.get("ticket")).toMatch(/^ticket-/);
    expect(page.server.socket("alerts").url).not.toContain("token-");
    expect([page.alerts, page.devices, page.begun]).toEqual([[1], ["device-2"], ["alerts", "devices"]]);
    expect(page.modes).toEqual(["live", "live"]);
  });

  test("what was before the page is no news", async () => {
    const news: boolean[] = [];
    page.server.happen("alerts");
    page.service.connectAlerts((_, isNews) => news.push(isNews));
    await pass(1);
    page.server.happen("alerts");
    expect(news).toEqual([false, true]);
  });

  test("a frame that cannot be read does not end it", async () => {
    await page.connect();
    page.server.socket("alerts").tellText("{");
    page.server.happen("alerts");
    expect(page.alerts).toEqual([1]);
  });
});

describe("coming back", () => {
  test("it resumes where it was, with what it missed, once", async () => {
    await page.connect();
    page.server.happen("alerts");
    page.server.takesSockets = false;
    page.server.cut(1012);
    expect(page.modes).toEqual(["reconnecting", "reconnecting"]);
    page.server.happen("alerts", false);
    page.server.takesSockets = true;
    await pass(500);
    const { query } = page.server.socket("alerts");
    expect([query.get("since"), query.get("epoch")]).toEqual(["1", "e1"]);
    page.server.happen("alerts");
    expect([page.modes, page.alerts]).toEqual([["live", "live"], [1, 2, 3]]);
  });

  test("it goes on trying, ever more rarely, for as long as it takes", async () => {
    await page.connect();
    page.server.isReachable = false;
    page.server.cut(1006);
    await pass(600_000);
    const tries = page.requestsOf("ws-ticket").length;
    expect(tries).toBeGreaterThan(2 * 75); // two channels, each half of fifteen seconds after the other
    expect(tries).toBeLessThan(2 * 90);
    page.server.isReachable = true;
    await pass(15_000);
    expect(page.modes).toEqual(["live", "live"]);
  });

  test("a hole is seen, counted, and filled", async () => {
    await page.connect();
    page.server.happen("alerts");
    page.server.happen("alerts", false);
    page.server.happen("alerts");
    expect(page.alerts).toEqual([1]);
    await pass(500);
    expect(page.alerts).toEqual([1, 2, 3]);
    expect(page.states.alerts.holes).toBe(1);
    expect(page.server.socket("alerts").query.get("since")).toBe("1");
  });

  test("another journal is begun anew", async () => {
    page.server.happen("alerts");
    await page.connect();
    Object.assign(page.server, { epoch: "e2", journal: [], seq: 0 });
    page.server.happen("alerts", false);
    page.server.happen("alerts", false);
    page.server.cut(1012);
    await pass(500);
    expect(page.begun.slice(2).toSorted()).toEqual(["alerts anew", "devices anew"]);
    expect(page.states.alerts.gaps).toBe(1);
    expect(page.alerts).toEqual([1, 1, 2]);
  });

  test("after ten good seconds the next attempt is soon again", async () => {
    await page.connect();
    for (let round = 0; round < 5; round++) {
      page.server.socket("alerts").end(1006);
      await pass(8_000); // up to half of 500 ms * 2^4
    }
    await pass(10_000);
    page.server.socket("alerts").end(1006);
    await pass(260);
    expect(page.states.alerts.mode).toBe("live");
  });

  test("a silent connection is given up after two and a half heartbeats", async () => {
    await page.connect();
    const before = page.server.socket("alerts");
    await pass(37_000);
    expect(page.server.socket("alerts")).toBe(before);
    await pass(1_000);
    expect(page.server.socket("alerts")).not.toBe(before);
    expect(page.states.alerts.mode).toBe("live");
  });

  test("a heartbeat keeps it, and one that is ahead shows a loss", async () => {
    await page.connect();
    const before = page.server.socket("alerts");
    for (let round = 0; round < 5; round++) {
      await pass(15_000);
      before.tell({ type: "heartbeat", head: 0, at: "" });
    }
    expect(page.server.socket("alerts")).toBe(before);
    page.server.happen("alerts", false);
    before.tell({ type: "heartbeat", head: 1, at: "" });
    await pass(500);
    expect(page.alerts).toEqual([1]);
    expect(page.states.alerts.holes).toBe(1);
  });

  test("a server that takes the socket and says nothing is dead", async () => {
    page.server.answer = (socket) => socket.accept();
    await page.connect();
    await pass(10_500);
    expect(page.server.sockets.length).toBe(4);
  });

  test.each([
    ["the network is back", () => window.dispatchEvent(new Event("online"))],
    ["the page is looked at again", () => document.dispatchEvent(new Event("visibilitychange"))],
  ])("it does not wait where %s", async (_, wake) => {
    await page.connect();
    page.server.isReachable = false;
    page.server.cut(1006);
    await pass(60_000);
    page.server.isReachable = true;
    wake();
    await pass(1);
    expect(page.modes).toEqual(["live", "live"]);
  });

  test("a connection that did not outlive a sleep is noticed within seconds", async () => {
    await page.connect();
    const before = page.server.socket("alerts");
    window.dispatchEvent(new Event("online"));
    expect(before.said).toEqual([{ type: "ping" }]);
    await pass(5_500);
    expect(page.server.socket("alerts")).not.toBe(before);
  });

  test("one that answers stays", async () => {
    await page.connect();
    const before = page.server.socket("alerts");
    window.dispatchEvent(new Event("online"));
    before.tell({ type: "pong" });
    await pass(6_000);
    expect(page.server.socket("alerts")).toBe(before);
  });
});

describe("leaving", () => {
  test.each([
    ["living", async () => undefined],
    ["polled", async () => { page.server.takesSockets = false; page.server.cut(1006); await pass(10_000); }],
    ["offline", async () => { page.server.isReachable = false; page.server.cut(1006); await pass(10_000); }],
    ["warned of their token", async () => { page.server.warn(); await pass(1); page.server.warn(); }],
    ["asked whether they live", async () => { window.dispatchEvent(new Event("online")); }],
  ])("connections that are %s leave no timer and no listener", async (_, live) => {
    await page.connect();
    await live();
    page.service.disconnectAll();
    expect(vi.getTimerCount()).toBe(0);
    const { length } = page.server.requests;
    page.server.isReachable = true;
    window.dispatchEvent(new Event("online"));
    await pass(60_000);
    expect(page.server.requests.length).toBe(length);
    expect(page.server.sockets.every(({ readyState }) => readyState === 3)).toBe(true);
  });

  test.each(["api/auth/me", "api/auth/refresh"])("in the middle of asking %s, nothing comes after it", async (path) => {
    await page.connect();
    const late = page.server.delay(path);
    page.server.takesSockets = false;
    page.server.cut(4402);
    await pass(260);
    page.service.disconnectAll();
    const { length } = page.server.sockets;
    page.server.takesSockets = true;
    late(Response.json(signedIn(1)));
    await pass(60_000);
    expect(page.server.sockets.length).toBe(length);
  });

  test("in the middle of connecting, no socket comes after it", async () => {
    const connecting = page.connect();
    page.service.disconnectAll();
    await connecting;
    await pass(60_000);
    expect(page.server.sockets).toEqual([]);
  });
});
