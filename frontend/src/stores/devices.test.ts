import { beforeEach, expect, test } from "vitest";
import type { Device, Live } from "../lib/api/types";
import { useDevicesStore } from "./devices";

const { apply, reset } = useDevicesStore.getState();
const device = (id: string) => ({ id, name: null }) as Device;
const snapshot = (since: number, ids: string[], removed: string[] = []): Live.Snapshot => ({
  type: "snapshot", channel: "devices", since, seq: 9, data: ids.map(device), removed,
});
const known = () => Object.keys(useDevicesStore.getState().byId);

beforeEach(reset);

test("a snapshot of all forgets what is not in it", () => {
  apply([snapshot(0, ["cam-1", "tv-1"])]);
  apply([snapshot(0, ["cam-1"])]);
  expect(known()).toEqual(["cam-1"]);
});

test("a snapshot of what changed keeps the others, and removes what is gone", () => {
  apply([snapshot(0, ["cam-1", "tv-1"]), snapshot(5, ["lock-1"], ["tv-1"])]);
  expect(known()).toEqual(["cam-1", "lock-1"]);
});

test("nothing known is not the same as nothing there", () => {
  expect(useDevicesStore.getState().isLoaded).toBe(false);
  apply([snapshot(0, [])]);
  expect(useDevicesStore.getState()).toMatchObject({ isLoaded: true, byId: {} });
});
