import { expect, test } from "vitest";
import type { Device } from "../../lib/api/types";
import { makeBlock, makeDevice } from "./fixtures";
import { kindsOf, type Listing, listed, listingRoute, readListing } from "./listing";

const ALL: Listing = { q: "", status: "all", kind: "", sort: "name", isDescending: false };
const ids = (devices: Device[], listing: Partial<Listing>) => listed(devices, { ...ALL, ...listing }).map(({ id }) => id);

const HOME = [
  makeDevice("tv-1", { name: "Living room TV", kind: "tv", status: "offline", ip: "192.168.1.30", last_seen_at: "2026-11-23T18:00:00Z" }),
  makeDevice("cam-10", { kind: "camera", status: "online", last_seen_at: "2026-11-23T19:00:00Z", block: makeBlock("enforced") }),
  makeDevice("cam-2", { kind: "camera", mac: "02:00:5e:10:00:01", last_seen_at: "2026-11-23T20:00:00Z", block: makeBlock("failed") }),
];

test.each(["", "q=cam", "status=blocked&kind=camera", "sort=-last_seen", "q=a+b&status=online&kind=tv&sort=-name"])(
  "an address is read and written back: %s",
  (search) => {
    expect(listingRoute(readListing(search))).toBe(search === "" ? "/devices" : `/devices?${search}`);
  },
);

test("what an address says and nobody knows is left out", () => {
  expect(readListing("status=asleep&sort=-weight")).toEqual(ALL);
});

test.each([["living", "tv-1"], ["TV room", "tv-1"], ["192.168.1.30", "tv-1"], ["02:00:5E", "cam-2"], ["camera CAM-1", "cam-10"]])(
  "%s finds %s",
  (q, id) => {
    expect(ids(HOME, { q })).toEqual([id]);
  },
);

test("every word must be found", () => {
  expect(ids(HOME, { q: "living camera" })).toEqual([]);
});

test("names are in the order people count in", () => {
  expect(ids(HOME, {})).toEqual(["cam-2", "cam-10", "tv-1"]);
  expect(ids(HOME, { isDescending: true })).toEqual(["tv-1", "cam-10", "cam-2"]);
});

test("a list is in the order of its column", () => {
  expect(ids(HOME, { sort: "last_seen", isDescending: true })).toEqual(["cam-2", "cam-10", "tv-1"]);
  expect(ids(HOME, { sort: "status" })).toEqual(["cam-10", "tv-1", "cam-2"]);
  expect(ids(HOME, { sort: "block" })).toEqual(["cam-2", "cam-10", "tv-1"]);
});

test("what is blocked, and what one of a kind is, can be listed alone", () => {
  expect(ids(HOME, { status: "blocked" })).toEqual(["cam-2", "cam-10"]);
  expect(ids(HOME, { status: "offline" })).toEqual(["tv-1"]);
  expect(ids(HOME, { kind: "camera" })).toEqual(["cam-2", "cam-10"]);
});

test("kinds are told once each", () => {
  expect(kindsOf([...HOME, makeDevice("x-1")])).toEqual(["camera", "tv"]);
});
