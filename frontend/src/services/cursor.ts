// Where one channel stands, and what a frame means for it: nothing is shown twice, and nothing is missed unseen. No I/O.
import type { Channel, Envelope, Frame, Rest } from "../lib/api/types";

/**
 * What to do with a frame: `show` it as news; show it as `history`, from before the page came; `drop` it, for it was
 * shown; `missed` something before it, so resume; `begin` with what follows; forget all and begin `anew`, in another
 * journal; note a `gap` that the server admits. `word` is no event at all.
 */
export type Verdict = "show" | "history" | "drop" | "missed" | "begin" | "anew" | "gap" | "word";

/** What polling reads besides the events. */
export type Page = Pick<Rest.Events, "epoch" | "head" | "gap">;

export class Cursor {
  /** The newest `seq` that was shown; null before the first. */
  seq: number | null = null;
  /** The journal that `seq` is about. */
  epoch: string | null = null;
  /** The newest `seq` there was when the page came; what came later is news. */
  private start = 0;
  /** Whether the handshake that is under way, or was the last, asked to resume. */
  private asked = false;

  constructor(private readonly channel: Channel) {}

  /** Where a socket that connects now goes on; nothing where there is nothing to go on from. */
  handshake(): { since?: number; epoch?: string } {
    this.asked = this.seq !== null && this.epoch !== null;
    return this.seq === null || this.epoch === null ? {} : { since: this.seq, epoch: this.epoch };
  }

  /** Where a poll goes on; null where it has to begin. */
  position(): { since: number; epoch: string } | null {
    // Who follows alerts and saw none yet has missed nothing before `start`.
    const since = this.seq ?? (this.channel === "alerts" ? this.start : null);
    return since === null || this.epoch === null ? null : { since, epoch: this.epoch };
  }

  /** Take what the server says, in the order in which it came. */
  take(frame: Frame): Verdict {
    switch (frame.type) {
      case "hello":
        return this.greet(frame.epoch, frame.head, frame.resumed);
      case "snapshot":
        return this.takeSnapshot(frame.since, frame.seq);
      case "new_alert":
      case "alert_acknowledged":
      case "device_update":
      case "device_removed":
        return this.takeEvent(frame.seq, frame.prev);
      case "gap":
        if (frame.reason === "trimmed") this.skipTo(frame.to); // after another journal `hello` has begun anew already
        return "gap";
      case "heartbeat":
        return frame.head > (this.seq ?? this.start) ? "missed" : "word";
      default:
        return "word";
    }
  }

  /** Take what a poll says about the journal; its items follow one by one. */
  takePage({ epoch, gap }: Page): "anew" | "gap" | "word" {
    if (epoch !== this.epoch || gap?.reason === "epoch") return "anew";
    if (!gap) return "word";
    this.skipTo(gap.to);
    return "gap";
  }

  /** Take an event that a poll has read: the journal itself has no holes. */
  takePolled(event: Envelope): "show" | "drop" {
    if (event.seq <= (this.seq ?? this.start)) return "drop";
    this.seq = event.seq;
    return "show";
  }

  /** Begin at `head` of a journal; what was before it is read as a list. */
  beginAt(epoch: string, head: number): void {
    this.epoch = epoch;
    this.start = head;
    this.seq = head;
  }

  private greet(epoch: string, head: number, resumed: boolean): Verdict {
    if (epoch === this.epoch) {
      // A poll may have begun since the handshake, which knew of no place yet: what the socket tells again is dropped.
      if (this.seq !== null && (resumed || !this.asked)) return "word";
      // Who saw nothing yet takes for news what came since it was here first, so `start` stays.
      if (this.seq === null) return "begin";
    }
    const isFirst = this.epoch === null;
    this.epoch = epoch;
    this.start = head;
    this.seq = null;
    return isFirst ? "begin" : "anew";
  }

  private takeSnapshot(since: number, seq: number): Verdict {
    if (this.seq !== null && seq <= this.seq) return "drop";
    if (since > (this.seq ?? 0)) return "missed";
    this.seq = seq;
    return "show";
  }

  private takeEvent(seq: number, prev: number): Verdict {
    if (this.seq === null) {
      // Devices begin with a snapshot, alerts with the newest that there were.
      if (this.channel === "devices" || prev > this.start) return "missed";
    } else {
      if (seq <= this.seq) return "drop";
      if (prev > this.seq) return "missed";
    }
    this.seq = seq;
    return seq > this.start ? "show" : "history";
  }

  private skipTo(seq: number): void {
    this.seq = Math.max(this.seq ?? 0, seq);
  }
}
