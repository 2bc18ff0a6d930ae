// Gathers work until the next animation frame, so that however much comes, the page is drawn once for all of it.

const HIDDEN_MS = 250; // where no frame is drawn: a tab behind others, a covered window

export interface Batch {
  /** Run the work at the next frame, or soon where there is none. */
  schedule(): void;
  /** Run it now. */
  flush(): void;
  cancel(): void;
}

export function batchOf(work: () => void): Batch {
  let frame: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function cancel(): void {
    if (frame !== null) cancelAnimationFrame(frame);
    clearTimeout(timer);
    frame = null;
  }

  function flush(): void {
    cancel();
    work();
  }

  function schedule(): void {
    if (frame !== null) return;
    frame = requestAnimationFrame(flush);
    timer = setTimeout(flush, HIDDEN_MS); // whichever comes first
  }

  return { schedule, flush, cancel };
}
