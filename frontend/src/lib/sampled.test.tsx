import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { create } from "zustand";
import { sampled } from "./sampled";

const store = create(() => ({ count: 0 }));
const useCount = sampled(store, (state) => state.count, 200);
const useParity = sampled(store, ({ count }) => ({ isEven: count % 2 === 0 }), 200, (one, other) => one.isEven === other.isEven);
let drawn = 0;

function Count() {
  const count = useCount();
  drawn++;
  return <p>{count}</p>;
}

function Parity() {
  const { isEven } = useParity();
  drawn++;
  return <p>{isEven ? "even" : "odd"}</p>;
}

beforeEach(() => {
  vi.useFakeTimers();
  store.setState({ count: 0 });
  drawn = 0;
});

afterEach(() => vi.useRealTimers());

test("a hundred changes are drawn once, the last one as it is", () => {
  render(<Count />);
  for (let count = 1; count <= 100; count++) store.setState({ count });
  expect(screen.getByText("0")).toBeTruthy();
  act(() => void vi.advanceTimersByTime(200));
  expect(screen.getByText("100")).toBeTruthy();
  expect(drawn).toBe(2);
});

test("what is the same is not drawn again", () => {
  render(<Parity />);
  store.setState({ count: 2 });
  act(() => void vi.advanceTimersByTime(200));
  expect(drawn).toBe(1);
  store.setState({ count: 3 });
  act(() => void vi.advanceTimersByTime(200));
  expect(screen.getByText("odd")).toBeTruthy();
});

test("who comes later sees what is there now, and who has gone leaves no timer behind", () => {
  const { unmount } = render(<Count />);
  store.setState({ count: 1 });
  unmount();
  expect(vi.getTimerCount()).toBe(0);
  store.setState({ count: 7 });
  render(<Count />);
  expect(screen.getByText("7")).toBeTruthy();
});
