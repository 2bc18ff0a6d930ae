// A HomeGuard without a network: a journal, its sockets, and the few answers of REST that the live services ask for.
import { vi } from "vitest";
import type { Channel, Device, Envelope, Frame } from "../lib/api/types";

const CLOSED = 3;
const HEARTBEAT_SECONDS = 15;

/** What the page holds of one connection, and what the server does with it. */
export class FakeSocket extends EventTarget {
  readonly OPEN = 1;
  binaryType = "blob";
  readyState = 0;
  /** What the page has said. */
  readonly said: { type: string; token?: string }[] = [];
  readonly query: URLSearchParams;
  readonly channel: Channel;

  constructor(server: FakeServer, readonly url: string) {
    super();
    const { pathname, searchParams } = new URL(url);
    this.query = searchParams;
    this.channel = pathname.split("/").at(-1) as Channel;
    server.sockets.push(this);
    queueMicrotask(() => server.answer(this));
  }

  send(text: string): void {
    this.said.push(JSON.parse(text) as { type: string });
  }

  close(): void {
    this.readyState = CLOSED;
  }

  accept(): void {
    this.readyState = this.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  tell(frame: object): void {
    this.tellText(JSON.stringify({ channel: this.channel, ...frame }));
  }

  tellText(data: string): void {
    if (this.readyState === this.OPEN) this.dispatchEvent(new MessageEvent("message", { data }));
  }

  end(code: number, reason = ""): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.dispatchEvent(new CloseEvent("close", { code, reason }));
  }

  refuse(): void {
    this.readyState = CLOSED;
    this.dispatchEvent(new Event("error"));
    this.dispatchEvent(new CloseEvent("close", { code: 1006 }));
  }
}

type Answer = () => Response | Promise<Response>;

export class FakeServer {
  epoch = "e1";
  seq = 0;
  journal: Envelope[] = [];
  /** Every socket there was, oldest first. */
  readonly sockets: FakeSocket[] = [];
  /** Every request there was: "GET api/events?since=3". */
  readonly requests: string[] = [];
  takesSockets = true;
  isReachable = true;
  /** Answers that take the place of the usual ones, by path. */
  readonly answers = new Map<string, Answer>();
  tokens = 0;

  install(): void {
    vi.stubGlobal("WebSocket", FakeSocket.bind(null, this));
    vi.stubGlobal("fetch", async (url: URL, { method, signal }: RequestInit) => {
      signal?.throwIfAborted();
      const path = url.pathname.slice(1);
      this.requests.push(`${method} ${path}${url.search}`);
      if (!this.isReachable) throw new TypeError("Failed to fetch");
      return this.answers.get(path)?.() ?? this.rest(path, url.searchParams);
    });
  }

  /** Answer a path when the test says so, with what it says. */
  delay(path: string): (answer: Response) => void {
    const waiting: ((answer: Response) => void)[] = [];
    this.answers.set(path, () => new Promise((resolve) => waiting.push(resolve)));
    return (answer) => waiting.forEach((resolve) => resolve(answer.clone()));
  }

  /** The newest socket of a channel. */
  socket(channel: Channel): FakeSocket {
    const socket = this.sockets.findLast((one) => one.channel === channel);
    if (!socket) throw new Error(`nobody has connected to ${channel}`);
    return socket;
  }

  /** Journal an event, and tell it to who listens, where it `isHeard`. */
  happen(channel: Channel, isHeard = true): Envelope {
    const prev = this.head(channel);
    this.seq += 1;
    const id = `${this.epoch}-${this.seq}`;
    const type = channel === "alerts" ? "new_alert" : "device_update";
    const data = channel === "alerts" ? { device_id: "cam-1", severity: "high", reason: `alert ${this.seq}`, verified: true } : device(this.seq);
    const event = { type, channel, seq: this.seq, prev, id, at: new Date(0).toISOString(), data } as Envelope;
    this.journal.push(event);
    if (isHeard) for (const socket of this.sockets) if (socket.channel === channel) socket.tell(event);
    return event;
  }

  /** Close every connection. */
  cut(code: number, reason = ""): void {
    for (const socket of this.sockets) if (socket.readyState === socket.OPEN) socket.end(code, reason);
  }

  /** Say on every connection that its token ends in a minute. */
  warn(): void {
    for (const socket of this.sockets) socket.tell({ type: "token_expiring", expires_at: inAMinute() });
  }

  head(channel: Channel): number {
    return this.of(channel).at(-1)?.seq ?? 0;
  }

  answer(socket: FakeSocket): void {
    if (socket.readyState === CLOSED) return;
    if (!this.takesSockets || !this.isReachable) return socket.refuse();
    socket.accept();
    this.greet(socket);
  }

  private greet(socket: FakeSocket): void {
    const { channel, query } = socket;
    const asked = query.get("since");
    const resumed = asked !== null && query.get("epoch") === this.epoch && Number(asked) <= this.seq;
    socket.tell({ type: "hello", epoch: this.epoch, head: this.head(channel), resumed, user: "ada", expires_at: "", heartbeat_seconds: HEARTBEAT_SECONDS });
    socket.tell({ type: "status", data: { bridge: "online", broker: "online", storage: "online", lag_seconds: 0, reason: null } });
    if (asked !== null && !resumed) socket.tell({ type: "gap", from: Number(asked), to: this.seq, reason: "epoch" });
    if (resumed) for (const event of this.after(channel, Number(asked))) socket.tell(event);
    else if (channel === "devices") socket.tell({ type: "snapshot", since: 0, seq: this.head(channel), data: this.devices(), removed: [] } satisfies Partial<Frame>);
    else for (const event of this.of(channel).slice(-Number(query.get("tail")))) socket.tell(event);
  }

  private rest(path: string, query: URLSearchParams): Response {
    const channel = query.get("channels") as Channel;
    switch (path) {
      case "api/auth/ws-ticket":
        return Response.json({ ticket: `ticket-${this.requests.length}`, expires_in_seconds: 30 });
      case "api/auth/me":
        return Response.json({ username: "ada", role: "admin" });
      case "api/auth/refresh":
        return Response.json(signedIn(++this.tokens));
      case "api/devices":
        return Response.json({ items: this.devices(), next: null });
      case "api/alerts":
        return Response.json({ items: [], next: null });
      case "api/events":
        return Response.json(this.page(channel, Number(query.get("since")), query.get("epoch"), Number(query.get("limit"))));
      default:
        return problem(404);
    }
  }

  private page(channel: Channel, since: number, epoch: string | null, limit: number) {
    const head = this.head(channel);
    if (since > this.seq || (epoch ?? this.epoch) !== this.epoch) {
      return { items: [], next: null, epoch: this.epoch, head, gap: { from: since, to: head, reason: "epoch" } };
    }
    const items = this.after(channel, since).slice(0, limit);
    const last = items.at(-1)?.seq ?? head;
    return { items, next: last < head ? last : null, epoch: this.epoch, head, gap: null };
  }

  private of(channel: Channel): Envelope[] {
    return this.journal.filter((event) => event.channel === channel);
  }

  private after(channel: Channel, since: number): Envelope[] {
    return this.of(channel).filter((event) => event.seq > since);
  }

  private devices(): Device[] {
    return this.of("devices").map((event) => event.data as Device);
  }
}

const device = (seq: number) => ({ id: `device-${seq}`, name: null }) as Device;

export const inAMinute = () => new Date(Date.now() + 60_000).toISOString();

/** A token of fifteen minutes. */
export const signedIn = (number: number) => ({
  access_token: `token-${number}`,
  token_type: "bearer" as const,
  expires_at: new Date(Date.now() + 900_000).toISOString(),
  user: { username: "ada", role: "admin" as const, channels: ["alerts" as const, "devices" as const] },
});

export const problem = (status: number, headers: Record<string, string> = {}) =>
  Response.json({ type: "about:blank", title: `no: ${status}`, status }, { status, headers });
