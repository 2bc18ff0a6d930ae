// The socket of one channel: connects with a fresh ticket, notices when it is dead, and tries again for as long as it may.
import ReconnectingWebSocket from "partysocket/ws";
import { ApiProblem, ask } from "../lib/api/client";
import type { Channel, Frame, Rest } from "../lib/api/types";
import { type Query, socketAddress } from "../lib/url";
import { useAuthStore } from "../stores/auth";
import { Backoff } from "./backoff";
import { nextAfter } from "./closing";
import { endSession, renew } from "./session";

const CONNECT_MS = 10_000; // for the handshake, and again for `hello`: a phone in the cellar needs a few seconds
const STEADY_MS = 10_000; // what lived this long was a good connection, so the next attempts begin at once again
const SILENT_HEARTBEATS = 2.5; // one may be late, two are not
const FRESHEN_APART_MS = 20_000; // a token that is good for a minute is warned of as soon as it is there
const PONG_MS = 5_000; // after sleep or another network: whether the connection is still there

export interface SocketListener {
  /** Where to begin, asked at every attempt. */
  query(): Query;
  frame(frame: Frame): void;
  /** It is gone, or an attempt has failed; the next one follows by itself. */
  down(): void;
  /** There will be no other attempt. */
  gaveUp(why: string): void;
}

type State = "stopped" | "waiting" | "trying" | "up";

export class ChannelSocket {
  private readonly socket: ReconnectingWebSocket;
  private readonly backoff = new Backoff();
  private state: State = "stopped";
  /** Counts attempts, so that what an earlier one still waits for does not disturb a later one. */
  private turn = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private watchdog: ReturnType<typeof setTimeout> | undefined;
  private freshening: ReturnType<typeof setTimeout> | undefined;
  private freshenedAt = -Infinity;
  private isOpen = false;
  private upSince: number | null = null;
  private heardAt = 0;
  private silenceMs = CONNECT_MS;
  /** Why there was no ticket. */
  private refusal: unknown = null;

  constructor(
    private readonly channel: Channel,
    private readonly listener: SocketListener,
  ) {
    // partysocket makes one attempt each time it is asked; when to ask is ours, for its own delays have no full jitter.
    this.socket = new ReconnectingWebSocket(() => this.address(), [], {
      startClosed: true,
      maxRetries: 0,
      maxEnqueuedMessages: 0,
      connectionTimeout: CONNECT_MS,
    });
    this.socket.addEventListener("open", () => this.opened());
    this.socket.addEventListener("message", (event) => this.heard(event.data));
    this.socket.addEventListener("close", (event) => this.ended(event.code, event.reason));
    this.socket.addEventListener("error", () => this.ended(1006, "")); // no ticket, no handshake, or not in time
  }

  /** Try now. */
  connect(): void {
    clearTimeout(this.retry);
    this.turn++;
    this.state = "trying";
    this.isOpen = false;
    this.upSince = null;
    this.refusal = null;
    this.socket.reconnect();
  }

  /** Something was missed: come again from the last good place. */
  resume(): void {
    this.socket.close();
  }

  /** The network or the screen is back: try at once, or see whether the connection has outlived it. */
  wake(): void {
    if (this.state === "waiting" && this.retry !== undefined) this.connect();
    if (this.state !== "up") return;
    this.socket.send(JSON.stringify({ type: "ping" }));
    const before = this.heardAt;
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => (this.heardAt === before ? this.socket.close() : this.watch()), PONG_MS);
  }

  stop(): void {
    this.state = "stopped";
    this.turn++;
    clearTimeout(this.retry);
    this.rest();
    this.socket.close();
  }

  /** Nothing is to be done for a connection that is gone. */
  private rest(): void {
    clearTimeout(this.watchdog);
    clearTimeout(this.freshening);
  }

  private async address(): Promise<string> {
    try {
      const { ticket } = await ask<Rest.Ticket>("api/auth/ws-ticket", { method: "POST" });
      return socketAddress(`ws/${this.channel}`, { ticket, ...this.listener.query() });
    } catch (error) {
      this.refusal = error;
      throw error;
    }
  }

  private opened(): void {
    this.isOpen = true;
    this.heardAt = performance.now();
    this.silenceMs = CONNECT_MS; // until `hello` says how often it will be heard
    this.watch();
  }

  private heard(data: unknown): void {
    this.heardAt = performance.now();
    let frame: Frame;
    try {
      frame = JSON.parse(String(data)) as Frame;
    } catch {
      return; // not JSON; where it was an event, the `prev` of the next one shows the hole
    }
    if (frame.type === "hello") this.greeted(frame.heartbeat_seconds);
    if (frame.type === "token_expiring") this.freshenSoon(frame.expires_at);
    this.listener.frame(frame);
  }

  private greeted(heartbeatSeconds: number): void {
    this.state = "up";
    this.upSince = this.heardAt;
    this.silenceMs = heartbeatSeconds * 1_000 * SILENT_HEARTBEATS;
    this.watch();
  }

  /** Wait until the server was silent for too long; frames move the end, not the timer. */
  private watch(): void {
    clearTimeout(this.watchdog);
    const left = this.heardAt + this.silenceMs - performance.now();
    this.watchdog = setTimeout(() => {
      if (performance.now() - this.heardAt >= this.silenceMs) this.socket.close();
      else this.watch();
    }, left);
  }

  private freshenSoon(endsAt: string): void {
    clearTimeout(this.freshening);
    const wait = this.freshenedAt + FRESHEN_APART_MS - performance.now();
    this.freshening = setTimeout(() => void this.freshen(endsAt), Math.max(0, wait));
  }

  /** Give the living connection a token that lasts. */
  private async freshen(endsAt: string): Promise<void> {
    this.freshenedAt = performance.now();
    try {
      const { accessToken, expiresAt } = useAuthStore.getState();
      const isFresh = expiresAt !== null && Date.parse(expiresAt) > Date.parse(endsAt); // the other channel was faster
      const token = isFresh ? accessToken : await renew();
      if (token !== null && this.state === "up") this.socket.send(JSON.stringify({ type: "auth", token }));
    } catch {
      // Nobody answers. If that lasts, the connection ends with 4402, and the next attempt asks for a token first.
    }
  }

  private ended(code: number, reason: string): void {
    if (this.state !== "trying" && this.state !== "up") return; // partysocket tells some ends twice
    this.rest();
    if (this.upSince !== null && performance.now() - this.upSince >= STEADY_MS) this.backoff.reset();
    this.state = "waiting";
    this.retry = undefined;
    this.listener.down();
    if (this.refusal !== null) this.refused(this.refusal);
    else if (this.isOpen) void this.obey(code, reason);
    else void this.askWhy();
  }

  /** A browser does not tell why a handshake was refused; REST may. */
  private async askWhy(): Promise<void> {
    const turn = this.turn;
    try {
      await ask("api/auth/me");
      if (turn === this.turn) this.plan(this.backoff.next());
    } catch (error) {
      if (turn === this.turn) this.refused(error);
    }
  }

  private refused(error: unknown): void {
    if (!(error instanceof ApiProblem)) this.plan(this.backoff.next());
    else if (error.status === 401) endSession();
    else if (error.status === 403) this.giveUp(error.message);
    else if (error.retryAfterSeconds !== null || error.status === 429) this.plan(this.backoff.nextLonger(error.retryAfterSeconds));
    else this.plan(this.backoff.next());
  }

  private async obey(code: number, reason: string): Promise<void> {
    switch (nextAfter(code)) {
      case "sign-in":
        return endSession();
      case "give-up":
        return this.giveUp(reason || `closed with ${code}`);
      case "later":
        return this.plan(this.backoff.nextLonger());
      case "renew":
        return this.renewThenConnect();
      case "again":
        return this.plan(this.backoff.next());
    }
  }

  private async renewThenConnect(): Promise<void> {
    const turn = this.turn;
    const token = await renew().catch(() => undefined); // nobody answers: the next attempt will see
    if (token !== null && turn === this.turn) this.plan(this.backoff.next());
  }

  private plan(delayMs: number): void {
    this.retry = setTimeout(() => this.connect(), delayMs);
  }

  private giveUp(why: string): void {
    this.stop();
    this.listener.gaveUp(why);
  }
}
