// Gathers work until the next animation frame, so that however much comes, the page is drawn once for all of it.

const HIDDEN_MS = 250; // where no frame is drawn: a tab behind others, a covered window
const APART_MS = 100; // in a storm ten batches a second are enough for an eye, and leave the page time to answer

export interface Batch {
  /** Run the work at the next frame, or soon where there is none. */
  schedule(): void;
  /** Run it now. */
  flush(): void;
  cancel(): void;
}

export function batchOf(work: () => void): Batch {
  let isScheduled = false;
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ranAt = -Infinity;

  function cancel(): void {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    isScheduled = false;
  }

  function flush(): void {
    cancel();
    ranAt = performance.now();
    work();
  }

  function atNextFrame(): void {
    frame = requestAnimationFrame(flush);
    timer = setTimeout(flush, HIDDEN_MS); // whichever comes first
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    const early = ranAt + APART_MS - performance.now();
    if (early > 0) timer = setTimeout(atNextFrame, early);
    else atNextFrame();
  }

  return { schedule, flush, cancel };
}
