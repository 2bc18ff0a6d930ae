import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { setTokenSource } from "../lib/api/client";
import { useAlertsStore } from "../stores/alerts";
import { useAuthStore } from "../stores/auth";
import { useDevicesStore } from "../stores/devices";
import { pageMode, useLiveStore } from "../stores/live";
import { FakeServer, problem, signedIn } from "../test/FakeServer";
import { startLive } from "./live";
import { renew } from "./session";

let server: FakeServer;
let stop: () => void;

const FRAME_MS = 120; // batches are up to a tenth of a second apart
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const shown = () => useAlertsStore.getState().recent.map(({ seq }) => seq);

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  server.install();
  setTokenSource({ token: () => useAuthStore.getState().accessToken, renew });
  useAuthStore.getState().signedOut();
  stop = startLive();
});

afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function signIn() {
  useAuthStore.getState().signedIn(signedIn(0));
  await pass(2 * FRAME_MS);
}

const listed = (seq: number, by: string | null) => ({
  id: `e1-${seq}`, seq, at: "2026-11-28T20:00:00.000Z", acknowledged: by === null ? null : { by, at: "2026-11-28T20:00:01.000Z" },
  data: { device_id: "cam-1", severity: "high", reason: `alert ${seq}`, verified: true },
});

test("nothing is asked before somebody signs in", async () => {
  await pass(10_000);
  expect(server.requests).toEqual([]);
});

test("the stores are filled, and what was before the page has not arrived", async () => {
  server.happen("alerts");
  server.happen("devices");
  await signIn();
  server.happen("alerts");
  await pass(FRAME_MS);
  expect(shown()).toEqual([3, 1]);
  expect(useAlertsStore.getState().arrived).toBe(1);
  expect(Object.keys(useDevicesStore.getState().byId)).toEqual(["device-2"]);
  expect(pageMode(useLiveStore.getState())).toBe("live");
  expect(useLiveStore.getState().health?.storage).toBe("online");
});

test("however much comes, the stores change once a frame", async () => {
  await signIn();
  const changed = vi.fn<() => void>();
  const unsubscribe = useAlertsStore.subscribe(changed);
  for (let count = 0; count < 300; count++) server.happen("alerts");
  expect(changed).not.toHaveBeenCalled();
  await pass(FRAME_MS);
  expect(changed).toHaveBeenCalledOnce();
  expect(shown().length).toBe(300);
  unsubscribe();
});

test("a page that is not drawn goes on, a little later", async () => {
  await signIn();
  vi.spyOn(window, "requestAnimationFrame").mockReturnValue(1);
  server.happen("alerts");
  await pass(300);
  expect(shown()).toEqual([1]);
});

test("what waits for a frame is bounded", async () => {
  await signIn();
  for (let count = 0; count < 1_500; count++) server.happen("alerts");
  expect(shown().length).toBeGreaterThanOrEqual(1_000);
  await pass(FRAME_MS);
  expect(shown().length).toBe(1_500);
});

test("who has seen which alert comes with the first page, asked for until it is answered", async () => {
  server.happen("alerts");
  server.answers.set("api/alerts", () => problem(503));
  await signIn();
  expect(useAlertsStore.getState().recent[0]?.acknowledged).toBeNull();
  server.answers.set("api/alerts", () => Response.json({ items: [listed(1, "grace")], next: null }));
  await pass(5_000);
  expect(useAlertsStore.getState().recent[0]?.acknowledged?.by).toBe("grace");
});

test("of another journal nothing of the first one stays", async () => {
  server.happen("devices");
  server.happen("alerts");
  await signIn();
  Object.assign(server, { epoch: "e2", journal: [], seq: 0 });
  server.happen("alerts", false);
  server.cut(1012);
  await pass(1_000);
  expect(shown()).toEqual([1]);
  expect(useAlertsStore.getState().recent[0]?.id).toBe("e2-1");
  expect(useDevicesStore.getState().byId).toEqual({});
});

test("the health is not known any more once no socket tells it", async () => {
  await signIn();
  server.takesSockets = false;
  server.cut(1006);
  await pass(4_000);
  expect(useLiveStore.getState().health).toBeNull();
});

test("who leaves takes all with them, and the next one gets their own", async () => {
  server.happen("alerts");
  server.happen("devices");
  await signIn();
  useAuthStore.getState().signedOut();
  expect([shown(), useDevicesStore.getState().isLoaded, useLiveStore.getState().health]).toEqual([[], false, null]);
  expect(vi.getTimerCount()).toBe(0);
  await signIn();
  expect(shown()).toEqual([1]);
});

test("a session that the server ends disconnects", async () => {
  await signIn();
  server.cut(4409);
  const { length } = server.sockets;
  await pass(60_000);
  expect(server.sockets.length).toBe(length);
});

test.each(["alerts", "devices"] as const)("who reads %s alone opens no other socket, and asks for nothing else", async (channel) => {
  const granted = signedIn(0);
  useAuthStore.getState().signedIn({ ...granted, user: { ...granted.user, channels: [channel] } });
  await pass(20_000);
  expect(server.sockets.map((socket) => socket.channel)).toEqual([channel]);
  expect(pageMode(useLiveStore.getState())).toBe("live");
  const other = channel === "alerts" ? "devices" : "alerts";
  expect(server.requests.filter((request) => request.includes(other))).toEqual([]);
});
