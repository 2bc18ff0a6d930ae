// How long to wait before the next attempt: full jitter, so that the screens of a house do not all come at once.

const BASE_MS = 500;
const CAP_MS = 15_000; // a screen on the wall is to be live soon after the server is back
const LONGER_CAP_MS = 60_000; // where the server said that it is too much
const LONGER_BY = 3; // doublings ahead
const MAX_DOUBLINGS = 10; // beyond every cap; 2^n must stay a number

export class Backoff {
  private attempts = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** A random moment within the window, which doubles each time. */
  next(): number {
    return this.within(CAP_MS, this.attempts++);
  }

  /** The same where the server wants fewer of us: a wider window, after what it asked for. */
  nextLonger(retryAfterSeconds: number | null = null): number {
    return (retryAfterSeconds ?? 1) * 1_000 + this.within(LONGER_CAP_MS, this.attempts++ + LONGER_BY);
  }

  reset(): void {
    this.attempts = 0;
  }

  private within(cap: number, doublings: number): number {
    return this.random() * Math.min(cap, BASE_MS * 2 ** Math.min(doublings, MAX_DOUBLINGS));
  }
}
