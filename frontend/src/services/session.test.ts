import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ask } from "../lib/api/client";
import { useAuthStore } from "../stores/auth";
import { FakeServer, problem, signedIn } from "../test/FakeServer";
import { renew, resumeSession, signIn } from "./session";

let server: FakeServer;

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const auth = () => useAuthStore.getState();
const refreshes = () => server.requests.filter((request) => request.includes("auth/refresh")).length;

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  server.install();
  useAuthStore.setState(useAuthStore.getInitialState());
  window.location.hash = "";
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a page that is loaded again is signed in by the cookie, as soon as somebody answers", async () => {
  server.isReachable = false;
  resumeSession();
  await pass(20_000);
  expect(auth().status).toBe("starting");
  server.isReachable = true;
  await pass(5_000);
  expect(auth()).toMatchObject({ status: "signed-in", accessToken: "token-1" });
});

test("where there is no session, one signs in, and no reason is made up", async () => {
  server.answers.set("api/auth/refresh", () => problem(401));
  resumeSession();
  await pass(1);
  expect(auth()).toMatchObject({ status: "signed-out", notice: null });
});

test("the token is renewed before it ends, again and again, with no socket to warn of it", async () => {
  server.answers.set("api/auth/login", () => Response.json(signedIn(0)));
  await signIn("ada", "secret");
  await pass(809_000);
  expect(refreshes()).toBe(0);
  await pass(2_000);
  expect(auth().accessToken).toBe("token-1");
  await pass(811_000);
  expect(auth().accessToken).toBe("token-2");
});

test("many who need a fresh token ask for one", async () => {
  await Promise.all([renew(), renew(), renew()]);
  expect(refreshes()).toBe(1);
});

test("a request with a token that has ended is asked again with a fresh one", async () => {
  resumeSession();
  await pass(1);
  server.answers.set("api/devices", () => {
    server.answers.delete("api/devices");
    return problem(401);
  });
  expect(await ask("api/devices")).toEqual({ items: [], next: null });
  expect(auth().accessToken).toBe("token-2");
});

test("a refresh that is refused ends the session with a notice, and one stays where one was", async () => {
  resumeSession();
  await pass(1);
  window.location.hash = "#/devices/cam-1";
  server.answers.set("api/auth/refresh", () => problem(401));
  expect(await renew()).toBeNull();
  expect(auth()).toMatchObject({ status: "signed-out", accessToken: null, notice: "Your session has ended. Sign in again." });
  expect(window.location.hash).toBe("#/devices/cam-1");
});

test("a refresh that nobody answers ends nothing", async () => {
  resumeSession();
  await pass(1);
  server.isReachable = false;
  await expect(renew()).rejects.toThrow("HomeGuard does not answer");
  expect(auth().status).toBe("signed-in");
});

test("who has signed out is not signed in again by a timer", async () => {
  resumeSession();
  await pass(1);
  server.answers.set("api/auth/refresh", () => problem(401));
  await renew();
  server.answers.clear();
  await pass(900_000);
  expect(auth().status).toBe("signed-out");
});
