// The fallback: asks REST for what a socket would have told, from the same cursor, so that nothing is missed or doubled.
import { ask } from "../lib/api/client";
import type { Channel, Device, Envelope, Live, Rest } from "../lib/api/types";
import type { Cursor } from "./cursor";

export const POLL_MS = 5_000;
const PAGE = 500; // the most that the server gives at once

export interface PollListener {
  /** An event that is new, or all devices where polling had to begin. */
  show(frame: Envelope | Live.Snapshot): void;
  /** It begins; `isAnew` where all that was shown is of another journal. */
  begin(isAnew: boolean): void;
  gap(): void;
  /** REST has answered, and everything up to now is shown. */
  answered(): void;
  failed(): void;
}

export class Poller {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private round: AbortController | null = null;

  constructor(
    private readonly channel: Channel,
    private readonly cursor: Cursor,
    private readonly listener: PollListener,
  ) {}

  get isRunning(): boolean {
    return this.round !== null;
  }

  /** Ask now, and every five seconds. */
  start(): void {
    if (!this.round) void this.ask();
  }

  /** Ask now instead of in a few seconds. */
  wake(): void {
    if (this.timer !== undefined) void this.ask();
  }

  /** Ask no more; an answer that is on its way counts for nothing. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.round?.abort();
    this.round = null;
  }

  private async ask(): Promise<void> {
    this.stop();
    const round = new AbortController();
    this.round = round;
    try {
      await this.catchUp(round.signal);
      this.listener.answered();
    } catch {
      if (round.signal.aborted) return;
      this.listener.failed();
    }
    if (this.round === round) this.timer = setTimeout(() => void this.ask(), POLL_MS);
  }

  private async catchUp(signal: AbortSignal): Promise<void> {
    for (;;) {
      const position = this.cursor.position() ?? (await this.begin(signal, false));
      const page = await this.read({ ...position, limit: PAGE }, signal);
      const verdict = this.cursor.takePage(page);
      if (verdict === "anew") {
        await this.begin(signal, true);
        continue;
      }
      if (verdict === "gap") this.listener.gap();
      for (const event of page.items as unknown as Envelope[]) {
        if (this.cursor.takePolled(event) === "show") this.listener.show(event);
      }
      if (page.next === null) return;
    }
  }

  /** Begin at the head of the journal; devices with all that there are. */
  private async begin(signal: AbortSignal, isAnew: boolean): Promise<{ since: number; epoch: string }> {
    const { epoch, head } = await this.read({ since: 0, limit: 1 }, signal);
    const devices = this.channel === "devices" ? await allDevices(signal) : null;
    this.cursor.beginAt(epoch, head);
    this.listener.begin(isAnew);
    // The list is read after the head, so it is at least as new; what it has from behind the head is told again.
    if (devices) this.listener.show({ type: "snapshot", channel: "devices", since: 0, seq: head, data: devices, removed: [] });
    return { since: head, epoch };
  }

  private async read(query: { since: number; epoch?: string; limit: number }, signal: AbortSignal): Promise<Rest.Events> {
    const page = await ask<Rest.Events>("api/events", { query: { ...query, channels: this.channel }, signal });
    signal.throwIfAborted();
    return page;
  }
}

async function allDevices(signal: AbortSignal): Promise<Device[]> {
  const devices: Rest.DeviceView[] = [];
  let after: string | null = null;
  do {
    const page: Rest.Devices = await ask<Rest.Devices>("api/devices", { query: { after, limit: PAGE }, signal });
    signal.throwIfAborted();
    devices.push(...page.items);
    after = page.next;
  } while (after !== null);
  return devices as unknown as Device[];
}
