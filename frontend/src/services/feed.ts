// One channel as the page follows it: the socket, the polling that takes over while it is away, and one cursor for both.
import type { Channel, Envelope, Frame, Health, Live } from "../lib/api/types";
import type { ChannelState, Mode } from "../stores/live";
import { Cursor } from "./cursor";
import { Poller } from "./polling";
import { ChannelSocket } from "./socket";

const FALLBACK_MS = 3_000; // most lost connections are back by then
const TAIL = 50; // alerts to begin with

export interface FeedListener {
  /** An event or a snapshot, each once and in order; `isNews` is false for what happened before the page came. */
  show(frame: Envelope | Live.Snapshot, isNews: boolean): void;
  /** What follows is the beginning; `isAnew` where all that was shown is of another journal. */
  begin(isAnew: boolean): void;
  state(change: Partial<ChannelState>): void;
  health(health: Health): void;
}

export class Feed {
  private readonly cursor: Cursor;
  private readonly socket: ChannelSocket;
  private readonly poller: Poller;
  private fallback: ReturnType<typeof setTimeout> | undefined;
  private mode: Mode = "connecting";
  private holes = 0;
  private gaps = 0;

  constructor(
    channel: Channel,
    private readonly listener: FeedListener,
  ) {
    this.cursor = new Cursor(channel);
    this.socket = new ChannelSocket(channel, {
      query: () => ({ ...this.cursor.handshake(), tail: channel === "alerts" ? TAIL : null }),
      frame: (frame) => this.take(frame),
      down: () => this.down(),
      gaveUp: (why) => this.fallBackForGood(why),
    });
    this.poller = new Poller(channel, this.cursor, {
      show: (frame) => listener.show(frame, true),
      begin: (isAnew) => listener.begin(isAnew),
      gap: () => listener.state({ gaps: ++this.gaps }),
      answered: () => this.polled(),
      failed: () => this.enter("offline"),
    });
  }

  start(): void {
    this.socket.connect();
    this.fallBackSoon();
  }

  /** The network or the screen is back. */
  wake(): void {
    this.socket.wake();
    this.poller.wake();
  }

  stop(): void {
    clearTimeout(this.fallback);
    this.poller.stop();
    this.socket.stop();
  }

  private take(frame: Frame): void {
    this.listener.state({ heardAt: Date.now() });
    if (frame.type === "status") this.listener.health(frame.data);
    if (frame.type === "hello") this.goLive();
    const verdict = this.cursor.take(frame);
    if (verdict === "show" || verdict === "history") {
      this.listener.show(frame as Envelope | Live.Snapshot, verdict === "show");
    } else if (verdict === "begin" || verdict === "anew") {
      this.listener.begin(verdict === "anew");
    } else if (verdict === "missed") {
      this.listener.state({ holes: ++this.holes });
      this.socket.resume();
    } else if (verdict === "gap") {
      this.listener.state({ gaps: ++this.gaps });
    }
  }

  private goLive(): void {
    clearTimeout(this.fallback);
    this.fallback = undefined;
    this.poller.stop();
    this.enter("live");
  }

  private down(): void {
    if (this.mode === "live") this.enter("reconnecting");
    this.fallBackSoon();
  }

  private fallBackSoon(): void {
    if (!this.poller.isRunning) this.fallback ??= setTimeout(() => this.poller.start(), FALLBACK_MS);
  }

  private fallBackForGood(why: string): void {
    this.listener.state({ stopped: why });
    clearTimeout(this.fallback);
    this.poller.start();
  }

  private polled(): void {
    const wasOffline = this.mode === "offline";
    this.listener.state({ heardAt: Date.now() });
    this.enter("polling");
    if (wasOffline) this.socket.wake(); // the server is back
  }

  private enter(mode: Mode): void {
    if (this.mode === mode) return;
    this.mode = mode;
    this.listener.state({ mode });
  }
}
