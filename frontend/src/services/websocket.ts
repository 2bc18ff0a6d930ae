// What the page follows live: alerts and devices, each over a socket that comes back, or by polling while it cannot.
import type { Channel, Health } from "../lib/api/types";
import type { AlertFrame } from "../stores/alerts";
import type { DeviceFrame } from "../stores/devices";
import type { ChannelState } from "../stores/live";
import { Feed, type FeedListener } from "./feed";

/** Takes an alert, or that one was acknowledged: each once, in order. `isNews` is false for what was before the page. */
export type OnAlert = (frame: AlertFrame, isNews: boolean) => void;

/** Takes what a device is now, that it is gone, or many devices at once. */
export type OnDevice = (frame: DeviceFrame) => void;

/** Whoever wants to know how the connection is. */
export interface Watcher {
  state(channel: Channel, change: Partial<ChannelState>): void;
  /** A channel begins; `isAnew` where all that it has shown is of another journal, and to be forgotten. */
  begin(channel: Channel, isAnew: boolean): void;
  health(health: Health): void;
}

export class WebSocketService {
  private readonly feeds = new Map<Channel, Feed>();

  constructor(private readonly watcher: Watcher) {}

  /** Follow the alerts from now on; a second call takes the place of the first. */
  connectAlerts(onAlert: OnAlert): void {
    this.connect("alerts", (frame, isNews) => onAlert(frame as AlertFrame, isNews));
  }

  /** Follow the devices, from a snapshot of all on; a second call takes the place of the first. */
  connectDevices(onDevice: OnDevice): void {
    this.connect("devices", (frame) => onDevice(frame as DeviceFrame));
  }

  /** Leave: no socket, no timer and no request of ours is left. */
  disconnectAll(): void {
    for (const feed of this.feeds.values()) feed.stop();
    this.feeds.clear();
    window.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
  }

  private connect(channel: Channel, show: FeedListener["show"]): void {
    this.feeds.get(channel)?.stop();
    const feed = new Feed(channel, {
      show,
      begin: (isAnew) => this.watcher.begin(channel, isAnew),
      state: (change) => this.watcher.state(channel, change),
      health: (health) => this.watcher.health(health),
    });
    this.feeds.set(channel, feed);
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    feed.start();
  }

  private readonly wake = (): void => {
    if (document.visibilityState === "visible") for (const feed of this.feeds.values()) feed.wake();
  };
}
