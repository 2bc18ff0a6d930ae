import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { useAuthStore } from "../stores/auth";
import { inAMinute, problem, signedIn } from "../test/FakeServer";
import { pass, Watching } from "../test/watching";

let page: Watching;

beforeEach(() => {
  page = new Watching();
});

afterEach(() => page.end());

/** What follows soon after the server has closed with a code. */
async function next(code: number, reason = "") {
  await page.connect();
  const { length } = page.server.sockets;
  page.server.socket("alerts").end(code, reason);
  await pass(260);
  return page.server.sockets.length > length ? "connected again" : "not connected";
}

describe("close codes", () => {
  test.each([1000, 1001, 1006, 1011, 1012, 4408])("%i: again, soon", async (code) => {
    expect(await next(code)).toBe("connected again");
    expect(useAuthStore.getState().status).toBe("signed-in");
  });

  test.each([1013, 4429])("%i: again, later", async (code) => {
    expect(await next(code)).toBe("not connected");
    await pass(3_000);
    expect(page.states.alerts.mode).toBe("live");
  });

  test.each([4401, 4409])("%i: sign in again", async (code) => {
    expect(await next(code)).toBe("not connected");
    expect(useAuthStore.getState()).toMatchObject({ status: "signed-out", notice: "Your session has ended. Sign in again." });
  });

  test("4402: with a fresh token", async () => {
    expect(await next(4402)).toBe("connected again");
    expect(page.requestsOf("auth/refresh").length).toBe(1);
  });

  test("4402: where the session has ended, sign in again", async () => {
    page.server.answers.set("api/auth/refresh", () => problem(401));
    expect(await next(4402)).toBe("not connected");
    expect(useAuthStore.getState().status).toBe("signed-out");
  });

  test.each([1007, 1009, 4400, 4403])("%i: not again; polling goes on, and why is told", async (code) => {
    expect(await next(code, "too many messages")).toBe("not connected");
    expect(page.states.alerts).toMatchObject({ stopped: "too many messages", mode: "polling" });
    page.server.happen("alerts");
    await pass(60_000);
    window.dispatchEvent(new Event("online"));
    await pass(1);
    expect(page.server.sockets.filter(({ channel }) => channel === "alerts").length).toBe(1);
    expect(page.alerts).toEqual([1]);
  });
});

describe("refused before the upgrade", () => {
  test("REST is asked why, and it is tried again", async () => {
    page.server.takesSockets = false;
    await page.connect();
    expect(page.requestsOf("auth/me").length).toBe(2);
    page.server.takesSockets = true;
    await pass(260);
    expect(page.modes).toEqual(["live", "live"]);
  });

  test("while it is asked, nothing else is tried", async () => {
    page.server.takesSockets = false;
    const late = page.server.delay("api/auth/me");
    await page.connect();
    window.dispatchEvent(new Event("online"));
    await pass(60_000);
    expect(page.server.sockets.length).toBe(2);
    page.server.takesSockets = true;
    late(Response.json({}));
    await pass(260);
    expect(page.states.alerts.mode).toBe("live");
  });

  test("a session that has ended is noticed", async () => {
    page.server.answers.set("api/auth/ws-ticket", () => problem(401));
    page.server.answers.set("api/auth/refresh", () => problem(401));
    await page.connect();
    expect(useAuthStore.getState().status).toBe("signed-out");
  });

  test("it waits for as long as it is asked to", async () => {
    page.server.answers.set("api/auth/ws-ticket", () => problem(429, { "Retry-After": "20" }));
    await page.connect();
    page.server.answers.clear();
    await pass(19_900);
    expect(page.server.sockets).toEqual([]);
    await pass(2_200);
    expect(page.modes).toEqual(["live", "live"]);
  });

  test("who may not is told so", async () => {
    page.server.answers.set("api/auth/ws-ticket", () => problem(403));
    await page.connect();
    expect(page.states.alerts.stopped).toBe("no: 403");
  });
});

describe("the token", () => {
  test("is renewed once for both living connections", async () => {
    await page.connect();
    useAuthStore.setState({ expiresAt: inAMinute() });
    page.server.warn();
    await pass(1);
    expect(page.requestsOf("auth/refresh").length).toBe(1);
    expect(page.server.sockets.map(({ said }) => said)).toEqual([[{ type: "auth", token: "token-1" }], [{ type: "auth", token: "token-1" }]]);
  });

  test("that was renewed already is said at once", async () => {
    await page.connect();
    page.server.warn();
    await pass(1);
    expect(page.requestsOf("auth/refresh")).toEqual([]);
    expect(page.server.socket("alerts").said).toEqual([{ type: "auth", token: "token-0" }]);
  });

  test("that is good for a minute only is not renewed all the time", async () => {
    await page.connect();
    useAuthStore.setState({ expiresAt: inAMinute() });
    page.server.answers.set("api/auth/refresh", () => Response.json({ ...signedIn(1), expires_at: inAMinute() }));
    for (let second = 0; second < 60; second++) {
      page.server.warn();
      await pass(1_000);
    }
    expect(page.requestsOf("auth/refresh").length).toBeLessThanOrEqual(6);
    expect(page.requestsOf("auth/refresh").length).toBeGreaterThanOrEqual(2);
  });

  test("that comes after the connection has gone is not said on it", async () => {
    await page.connect();
    useAuthStore.setState({ expiresAt: inAMinute() });
    const late = page.server.delay("api/auth/refresh");
    page.server.warn();
    await pass(1);
    page.server.takesSockets = false;
    page.server.cut(1006);
    late(Response.json(signedIn(1)));
    await pass(1);
    expect(page.server.sockets.flatMap(({ said }) => said)).toEqual([]);
  });
});
