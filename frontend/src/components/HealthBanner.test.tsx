import { MantineProvider } from "@mantine/core";
import { act, render, screen } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import type { Health } from "../lib/api/types";
import { useLiveStore } from "../stores/live";
import { HealthBanner } from "./HealthBanner";

const WELL: Health = { bridge: "online", broker: "online", storage: "online", lag_seconds: 0, reason: null };
const { reset, setChannel, setHealth } = useLiveStore.getState();
const banner = () => screen.getByRole("status");

beforeEach(() => {
  reset();
  render(<HealthBanner />, { wrapper: MantineProvider });
});

test("nothing is said where all is well, nor where nobody knows", () => {
  expect(banner().textContent).toBe("");
  act(() => setHealth(WELL));
  expect(banner().textContent).toBe("");
});

test("storage that is away is told with its reason, and that nothing is lost", () => {
  act(() => setHealth({ ...WELL, storage: "offline", reason: "database is locked" }));
  expect(banner().textContent).toBe("Storage is away: database is locked. Nothing is lost; what comes waits at the broker.");
});

test("a broker that is away takes the bridge with it, and is told once", () => {
  act(() => setHealth({ ...WELL, bridge: "offline", broker: "offline", reason: "Connection refused." }));
  expect(banner().textContent).toBe("The broker is away: Connection refused. Nothing new can come before it is back.");
});

test("the banner goes when the trouble has gone", () => {
  act(() => setHealth({ ...WELL, storage: "offline" }));
  act(() => setHealth(WELL));
  expect(banner().textContent).toBe("");
});

test("a socket that was given up is told, with what to do", () => {
  act(() => setChannel("devices", { stopped: "too many messages" }));
  expect(banner().textContent).toContain("too many messages. The page asks every 5 seconds instead; reload it");
});
