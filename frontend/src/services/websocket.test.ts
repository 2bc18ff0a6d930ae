import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { setTokenSource } from "../lib/api/client";
import type { Channel } from "../lib/api/types";
import { useAuthStore } from "../stores/auth";
import type { ChannelState } from "../stores/live";
import { FakeServer, problem, signedIn } from "../test/FakeServer";
import { renew } from "./session";
import { WebSocketService } from "./websocket";

let server: FakeServer;
let service: WebSocketService;
let alerts: number[];
let devices: string[];
let states: Record<Channel, Partial<ChannelState>>;
let begun: string[];

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const seen = () => ({ modes: [states.alerts.mode, states.devices.mode], alerts });
const requestsOf = (path: string) => server.requests.filter((request) => request.includes(path));

beforeEach(async () => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  server = new FakeServer();
  server.install();
  setTokenSource({ token: () => useAuthStore.getState().accessToken, renew });
  useAuthStore.getState().signedIn(signedIn(0));
  [alerts, devices, begun, states] = [[], [], [], { alerts: {}, devices: {} }];
  service = new WebSocketService({
    state: (channel, change) => (states[channel] = { ...states[channel], ...change }),
    begin: (channel, isAnew) => begun.push(`${channel}${isAnew ? " anew" : ""}`),
    health: () => undefined,
  });
});

afterEach(() => {
  service.disconnectAll();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const inAMinute = () => new Date(Date.now() + 60_000).toISOString();
const warn = () => server.sockets.forEach((socket) => socket.tell({ type: "token_expiring", expires_at: inAMinute() }));

function connect() {
  service.connectAlerts((frame) => alerts.push(frame.seq));
  service.connectDevices((frame) => {
    if (frame.type === "snapshot") devices.push(...frame.data.map(({ id }) => id));
    else devices.push(frame.data.id);
  });
  return pass(1);
}

describe("connecting", () => {
  test("it brings a ticket, no token, and begins with what there is", async () => {
    server.happen("alerts");
    server.happen("devices");
    await connect();
    const { query } = server.socket("alerts");
    expect(query.get("ticket")).toMatch(/^ticket-/);
    expect(server.socket("alerts").url).not.toContain("token-");
    expect([alerts, devices, begun]).toEqual([[1], ["device-2"], ["alerts", "devices"]]);
    expect(seen().modes).toEqual(["live", "live"]);
  });

  test("what was before the page is no news", async () => {
    const news: boolean[] = [];
    server.happen("alerts");
    service.connectAlerts((_, isNews) => news.push(isNews));
    await pass(1);
    server.happen("alerts");
    expect(news).toEqual([false, true]);
  });

  test("a frame that cannot be read does not end it", async () => {
    await connect();
    server.socket("alerts").tellText("{");
    server.happen("alerts");
    expect(alerts).toEqual([1]);
  });
});

describe("coming back", () => {
  test("it resumes where it was, with what it missed, once", async () => {
    await connect();
    server.happen("alerts");
    server.takesSockets = false;
    server.cut(1012);
    expect(seen().modes).toEqual(["reconnecting", "reconnecting"]);
    server.happen("alerts", false);
    server.takesSockets = true;
    await pass(500);
    const { query } = server.socket("alerts");
    expect([query.get("since"), query.get("epoch")]).toEqual(["1", "e1"]);
    server.happen("alerts");
    expect(seen()).toEqual({ modes: ["live", "live"], alerts: [1, 2, 3] });
  });

  test("it goes on trying, ever more rarely, for as long as it takes", async () => {
    await connect();
    server.isReachable = false;
    server.cut(1006);
    await pass(600_000);
    const tries = requestsOf("ws-ticket").length;
    expect(tries).toBeGreaterThan(2 * 75); // two channels, each half of fifteen seconds after the other
    expect(tries).toBeLessThan(2 * 90);
    server.isReachable = true;
    await pass(15_000);
    expect(seen().modes).toEqual(["live", "live"]);
  });

  test("a hole is seen, counted, and filled", async () => {
    await connect();
    server.happen("alerts");
    server.happen("alerts", false);
    server.happen("alerts");
    expect(alerts).toEqual([1]);
    await pass(500);
    expect(alerts).toEqual([1, 2, 3]);
    expect(states.alerts.holes).toBe(1);
    expect(server.socket("alerts").query.get("since")).toBe("1");
  });

  test("another journal is begun anew", async () => {
    server.happen("alerts");
    await connect();
    Object.assign(server, { epoch: "e2", journal: [], seq: 0 });
    server.happen("alerts", false);
    server.happen("alerts", false);
    server.cut(1012);
    await pass(500);
    expect(begun.slice(2).toSorted()).toEqual(["alerts anew", "devices anew"]);
    expect(states.alerts.gaps).toBe(1);
    expect(alerts).toEqual([1, 1, 2]);
  });

  test("after ten good seconds the next attempt is soon again", async () => {
    await connect();
    for (let round = 0; round < 5; round++) {
      server.socket("alerts").end(1006);
      await pass(8_000); // up to half of 500 ms * 2^4
    }
    await pass(10_000);
    server.socket("alerts").end(1006);
    await pass(260);
    expect(states.alerts.mode).toBe("live");
  });

  test("a silent connection is given up after two and a half heartbeats", async () => {
    await connect();
    const before = server.socket("alerts");
    await pass(37_000);
    expect(server.socket("alerts")).toBe(before);
    await pass(1_000);
    expect(server.socket("alerts")).not.toBe(before);
    expect(states.alerts.mode).toBe("live");
  });

  test("a heartbeat keeps it, and one that is ahead shows a loss", async () => {
    await connect();
    const before = server.socket("alerts");
    for (let round = 0; round < 5; round++) {
      await pass(15_000);
      before.tell({ type: "heartbeat", head: 0, at: "" });
    }
    expect(server.socket("alerts")).toBe(before);
    server.happen("alerts", false);
    before.tell({ type: "heartbeat", head: 1, at: "" });
    await pass(500);
    expect(alerts).toEqual([1]);
    expect(states.alerts.holes).toBe(1);
  });

  test("a server that takes the socket and says nothing is dead", async () => {
    server.answer = (socket) => socket.accept();
    await connect();
    await pass(10_500);
    expect(server.sockets.length).toBe(4);
  });

  test.each([
    ["the network is back", () => window.dispatchEvent(new Event("online"))],
    ["the page is looked at again", () => document.dispatchEvent(new Event("visibilitychange"))],
  ])("it does not wait where %s", async (_, wake) => {
    await connect();
    server.isReachable = false;
    server.cut(1006);
    await pass(60_000);
    server.isReachable = true;
    wake();
    await pass(1);
    expect(seen().modes).toEqual(["live", "live"]);
  });

  test("a connection that did not outlive a sleep is noticed within seconds", async () => {
    await connect();
    const before = server.socket("alerts");
    window.dispatchEvent(new Event("online"));
    expect(before.said).toEqual([{ type: "ping" }]);
    await pass(5_500);
    expect(server.socket("alerts")).not.toBe(before);
  });

  test("one that answers stays", async () => {
    await connect();
    const before = server.socket("alerts");
    window.dispatchEvent(new Event("online"));
    before.tell({ type: "pong" });
    await pass(6_000);
    expect(server.socket("alerts")).toBe(before);
  });
});

/** What follows soon after the server has closed with a code. */
async function next(code: number, reason = "") {
  await connect();
  const { length } = server.sockets;
  server.socket("alerts").end(code, reason);
  await pass(260);
  return server.sockets.length > length ? "connected again" : "not connected";
}

describe("close codes", () => {
  test.each([1000, 1001, 1006, 1011, 1012, 4408])("%i: again, soon", async (code) => {
    expect(await next(code)).toBe("connected again");
    expect(useAuthStore.getState().status).toBe("signed-in");
  });

  test.each([1013, 4429])("%i: again, later", async (code) => {
    expect(await next(code)).toBe("not connected");
    await pass(3_000);
    expect(states.alerts.mode).toBe("live");
  });

  test.each([4401, 4409])("%i: sign in again", async (code) => {
    expect(await next(code)).toBe("not connected");
    expect(useAuthStore.getState()).toMatchObject({ status: "signed-out", notice: "Your session has ended. Sign in again." });
  });

  test("4402: with a fresh token", async () => {
    expect(await next(4402)).toBe("connected again");
    expect(requestsOf("auth/refresh").length).toBe(1);
  });

  test("4402: where the session has ended, sign in again", async () => {
    server.answers.set("api/auth/refresh", () => problem(401));
    expect(await next(4402)).toBe("not connected");
    expect(useAuthStore.getState().status).toBe("signed-out");
  });

  test.each([1007, 1009, 4400, 4403])("%i: not again; polling goes on, and why is told", async (code) => {
    expect(await next(code, "too many messages")).toBe("not connected");
    expect(states.alerts).toMatchObject({ stopped: "too many messages", mode: "polling" });
    server.happen("alerts");
    await pass(60_000);
    window.dispatchEvent(new Event("online"));
    await pass(1);
    expect(server.sockets.filter(({ channel }) => channel === "alerts").length).toBe(1);
    expect(alerts).toEqual([1]);
  });
});

describe("refused before the upgrade", () => {
  test("REST is asked why, and it is tried again", async () => {
    server.takesSockets = false;
    await connect();
    expect(requestsOf("auth/me").length).toBe(2);
    server.takesSockets = true;
    await pass(260);
    expect(seen().modes).toEqual(["live", "live"]);
  });

  test("while it is asked, nothing else is tried", async () => {
    server.takesSockets = false;
    const late = server.delay("api/auth/me");
    await connect();
    window.dispatchEvent(new Event("online"));
    await pass(60_000);
    expect(server.sockets.length).toBe(2);
    server.takesSockets = true;
    late(Response.json({}));
    await pass(260);
    expect(states.alerts.mode).toBe("live");
  });

  test("a session that has ended is noticed", async () => {
    server.answers.set("api/auth/ws-ticket", () => problem(401));
    server.answers.set("api/auth/refresh", () => problem(401));
    await connect();
    expect(useAuthStore.getState().status).toBe("signed-out");
  });

  test("it waits for as long as it is asked to", async () => {
    server.answers.set("api/auth/ws-ticket", () => problem(429, { "Retry-After": "20" }));
    await connect();
    server.answers.clear();
    await pass(19_900);
    expect(server.sockets).toEqual([]);
    await pass(2_200);
    expect(seen().modes).toEqual(["live", "live"]);
  });

  test("who may not is told so", async () => {
    server.answers.set("api/auth/ws-ticket", () => problem(403));
    await connect();
    expect(states.alerts.stopped).toBe("no: 403");
  });
});

describe("the token", () => {
  test("is renewed once for both living connections", async () => {
    await connect();
    useAuthStore.setState({ expiresAt: inAMinute() });
    warn();
    await pass(1);
    expect(requestsOf("auth/refresh").length).toBe(1);
    expect(server.sockets.map(({ said }) => said)).toEqual([[{ type: "auth", token: "token-1" }], [{ type: "auth", token: "token-1" }]]);
  });

  test("that was renewed already is said at once", async () => {
    await connect();
    warn();
    await pass(1);
    expect(requestsOf("auth/refresh")).toEqual([]);
    expect(server.socket("alerts").said).toEqual([{ type: "auth", token: "token-0" }]);
  });

  test("that comes after the connection has gone is not said on it", async () => {
    await connect();
    useAuthStore.setState({ expiresAt: inAMinute() });
    const late = server.delay("api/auth/refresh");
    warn();
    await pass(1);
    server.takesSockets = false;
    server.cut(1006);
    late(Response.json(signedIn(1)));
    await pass(1);
    expect(server.sockets.flatMap(({ said }) => said)).toEqual([]);
  });
});

describe("polling", () => {
  test("takes over after three seconds and hands back, with neither loss nor double", async () => {
    await connect();
    server.happen("alerts");
    server.takesSockets = false;
    server.cut(1006);
    server.happen("alerts");
    await pass(2_900);
    expect(seen()).toEqual({ modes: ["reconnecting", "reconnecting"], alerts: [1] });
    await pass(200);
    expect(seen()).toEqual({ modes: ["polling", "polling"], alerts: [1, 2] });
    server.happen("alerts");
    server.happen("devices");
    await pass(5_000);
    expect([alerts, devices]).toEqual([[1, 2, 3], ["device-4"]]);
    server.happen("alerts");
    server.takesSockets = true;
    await pass(15_000);
    expect(seen()).toEqual({ modes: ["live", "live"], alerts: [1, 2, 3, 5] });
    const polls = requestsOf("api/events").length;
    server.happen("alerts");
    await pass(15_000);
    expect(alerts).toEqual([1, 2, 3, 5, 6]);
    expect(requestsOf("api/events").length).toBe(polls);
  });

  test("begins by itself where there never was a socket", async () => {
    server.takesSockets = false;
    server.happen("devices");
    server.happen("alerts");
    await connect();
    await pass(3_100);
    expect([devices, alerts, begun.toSorted()]).toEqual([["device-1"], [], ["alerts", "devices"]]);
    server.happen("devices");
    server.happen("alerts");
    await pass(5_000);
    expect([devices, alerts]).toEqual([["device-1", "device-3"], [4]]);
  });

  test("reads a long backlog in one go", async () => {
    await connect();
    server.takesSockets = false;
    server.cut(1006);
    for (let count = 0; count < 1_200; count++) server.happen("alerts");
    await pass(3_100);
    expect(alerts).toEqual(server.journal.map(({ seq }) => seq));
  });

  test("notices another journal", async () => {
    await connect();
    server.happen("alerts");
    server.takesSockets = false;
    server.cut(1006);
    Object.assign(server, { epoch: "e2", journal: [], seq: 0 });
    await pass(3_100);
    server.happen("alerts");
    await pass(5_000);
    expect(begun.slice(2).toSorted()).toEqual(["alerts anew", "devices anew"]);
    expect(alerts).toEqual([1, 1]);
  });

  test("an answer that comes after the socket is back counts for nothing", async () => {
    await connect();
    server.takesSockets = false;
    server.cut(1006);
    const late = server.delay("api/events");
    await pass(3_100);
    server.takesSockets = true;
    await pass(15_000);
    const event = server.happen("alerts");
    late(Response.json({ items: [event], next: null, epoch: "e1", head: 1, gap: null }));
    await pass(1);
    expect(seen()).toEqual({ modes: ["live", "live"], alerts: [1] });
  });

  test("that is not answered is offline; the first answer brings the socket back at once", async () => {
    await connect();
    vi.mocked(Math.random).mockReturnValue(1); // so the socket itself would come back in fifteen seconds
    server.isReachable = false;
    server.cut(1006);
    await pass(3_100);
    expect(seen().modes).toEqual(["offline", "offline"]);
    await pass(120_000);
    server.isReachable = true;
    await pass(5_001);
    expect(seen().modes).toEqual(["live", "live"]);
  });
});

describe("leaving", () => {
  test.each([
    ["living", async () => undefined],
    ["polled", async () => { server.takesSockets = false; server.cut(1006); await pass(10_000); }],
    ["offline", async () => { server.isReachable = false; server.cut(1006); await pass(10_000); }],
    ["asked whether they live", async () => { window.dispatchEvent(new Event("online")); }],
  ])("connections that are %s leave no timer and no listener", async (_, live) => {
    await connect();
    await live();
    service.disconnectAll();
    expect(vi.getTimerCount()).toBe(0);
    const { length } = server.requests;
    server.isReachable = true;
    window.dispatchEvent(new Event("online"));
    await pass(60_000);
    expect(server.requests.length).toBe(length);
    expect(server.sockets.every(({ readyState }) => readyState === 3)).toBe(true);
  });

  test.each(["api/auth/me", "api/auth/refresh"])("in the middle of asking %s, nothing comes after it", async (path) => {
    await connect();
    const late = server.delay(path);
    server.takesSockets = false;
    server.cut(4402);
    await pass(260);
    service.disconnectAll();
    const { length } = server.sockets;
    server.takesSockets = true;
    late(Response.json(signedIn(1)));
    await pass(60_000);
    expect(server.sockets.length).toBe(length);
  });

  test("in the middle of connecting, no socket comes after it", async () => {
    const connecting = connect();
    service.disconnectAll();
    await connecting;
    await pass(60_000);
    expect(server.sockets).toEqual([]);
  });
});
