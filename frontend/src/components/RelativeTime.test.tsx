import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RelativeTime } from "./RelativeTime";

const AT = "2026-11-23T20:00:00.000Z";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(AT) });
});
afterEach(() => {
  vi.useRealTimers();
});

test("the words follow the clock, and the exact time is there on hover", () => {
  render(<RelativeTime at={AT} />);
  const time = screen.getByText("just now");
  act(() => vi.advanceTimersByTime(61_000));
  expect(time.textContent).toBe("1 min ago");
  expect(time.getAttribute("datetime")).toBe(AT);
  expect(time.title).toMatch(/2026/);
});

test("one timer serves them all, and stops with the last", () => {
  const { unmount } = render([<RelativeTime key="1" at={AT} />, <RelativeTime key="2" at={AT} />]);
  expect(vi.getTimerCount()).toBe(1);
  unmount();
  expect(vi.getTimerCount()).toBe(0);
});
