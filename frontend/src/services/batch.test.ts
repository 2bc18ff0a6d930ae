import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Batch, batchOf } from "./batch";

const FRAME_MS = 16;
const work = vi.fn<() => void>();
let batch: Batch;

beforeEach(() => {
  vi.useFakeTimers();
  work.mockReset();
  batch = batchOf(work);
});

afterEach(() => vi.useRealTimers());

test("what comes before the next frame is one batch", () => {
  batch.schedule();
  batch.schedule();
  vi.advanceTimersByTime(FRAME_MS);
  expect(work).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(1_000);
  expect(work).toHaveBeenCalledOnce();
});

test("in a storm there are about ten batches a second", () => {
  for (let ms = 0; ms < 1_000; ms += 5) {
    batch.schedule();
    vi.advanceTimersByTime(5);
  }
  expect(work.mock.calls.length).toBeGreaterThanOrEqual(8);
  expect(work.mock.calls.length).toBeLessThanOrEqual(10);
});

test("where no frame is drawn it runs all the same", () => {
  vi.spyOn(window, "requestAnimationFrame").mockReturnValue(1);
  batch.schedule();
  vi.advanceTimersByTime(250);
  expect(work).toHaveBeenCalledOnce();
});

test("what was cancelled does not run, and leaves no timer", () => {
  batch.flush();
  batch.schedule(); // waits for its turn
  batch.cancel();
  expect(vi.getTimerCount()).toBe(0);
  batch.schedule();
  vi.advanceTimersByTime(1_000);
  expect(work).toHaveBeenCalledTimes(2);
});
