// The live services at a FakeServer, and what they have shown: what the tests of them begin with.
import { vi } from "vitest";
import { setTokenSource } from "../lib/api/client";
import type { Channel } from "../lib/api/types";
import { renew } from "../services/session";
import { WebSocketService } from "../services/websocket";
import { useAuthStore } from "../stores/auth";
import type { ChannelState } from "../stores/live";
import { FakeServer, signedIn } from "./FakeServer";

export class Watching {
  readonly server = new FakeServer();
  /** The `seq` of every frame of the alerts channel, as shown. */
  readonly alerts: number[] = [];
  /** The id of every device, as shown. */
  readonly devices: string[] = [];
  /** The channels that began, and whether anew. */
  readonly begun: string[] = [];
  readonly states: Record<Channel, Partial<ChannelState>> = { alerts: {}, devices: {} };
  readonly service = new WebSocketService({
    state: (channel, change) => Object.assign(this.states[channel], change),
    begin: (channel, isAnew) => this.begun.push(`${channel}${isAnew ? " anew" : ""}`),
    health: () => undefined,
  });

  /** Somebody is signed in; time stands still, and chance is the middle of every window. */
  constructor() {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    this.server.install();
    setTokenSource({ token: () => useAuthStore.getState().accessToken, renew });
    useAuthStore.getState().signedIn(signedIn(0));
  }

  end(): void {
    this.service.disconnectAll();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  }

  async connect(): Promise<void> {
    this.service.connectAlerts((frame) => this.alerts.push(frame.seq));
    this.service.connectDevices((frame) => {
      if (frame.type === "snapshot") this.devices.push(...frame.data.map(({ id }) => id));
      else this.devices.push(frame.data.id);
    });
    await pass(1);
  }

  get modes() {
    return [this.states.alerts.mode, this.states.devices.mode];
  }

  requestsOf(path: string): string[] {
    return this.server.requests.filter((request) => request.includes(path));
  }
}

export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
