import { MantineProvider } from "@mantine/core";
import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useLiveStore } from "../stores/live";
import { LiveBadge } from "./LiveBadge";

const { reset, setChannel } = useLiveStore.getState();
const word = () => screen.getByRole("status").textContent;
const pass = (ms: number) => act(() => vi.advanceTimersByTime(ms));

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-28T20:00:00Z") });
  reset();
  render(<LiveBadge />, { wrapper: MantineProvider });
});

afterEach(() => vi.useRealTimers());

test("the worse of both channels is told", () => {
  expect(word()).toBe("Connecting");
  act(() => setChannel("alerts", { mode: "live" }));
  expect(word()).toBe("Connecting");
  act(() => setChannel("devices", { mode: "live" }));
  expect(word()).toBe("Live");
  act(() => setChannel("devices", { mode: "polling" }));
  expect(word()).toBe("Polling");
  act(() => setChannel("alerts", { mode: "offline" }));
  expect(word()).toBe("Offline");
});

test("a page that is not live says how old it is after ten seconds, outside of what is announced", () => {
  const heardAt = Date.now();
  act(() => setChannel("alerts", { mode: "live", heardAt: heardAt - 60_000 }));
  act(() => setChannel("devices", { mode: "offline", heardAt }));
  pass(10_000);
  expect(screen.queryByText(/as of/)).toBeNull();
  pass(2_000);
  expect(screen.getByText("as of 12 s ago").getAttribute("title")).toMatch(/2026/);
  expect(word()).toBe("Offline");
});

test("a live page is not old, however quiet it is", () => {
  act(() => setChannel("alerts", { mode: "live", heardAt: Date.now() }));
  act(() => setChannel("devices", { mode: "live", heardAt: Date.now() }));
  pass(60_000);
  expect(screen.queryByText(/as of/)).toBeNull();
});
