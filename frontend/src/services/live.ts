// Fills the stores with what is live, for as long as somebody is signed in.
import { ask } from "../lib/api/client";
import type { Alert, Channel, Health, Rest } from "../lib/api/types";
import { type AlertFrame, useAlertsStore } from "../stores/alerts";
import { useAuthStore } from "../stores/auth";
import { type DeviceFrame, useDevicesStore } from "../stores/devices";
import { type ChannelState, useLiveStore } from "../stores/live";
import { notePulse, resetPulse } from "../stores/pulse";
import { batchOf } from "./batch";
import { WebSocketService } from "./websocket";

const MAX_PENDING = 1_000; // frames that wait for the next batch; a hidden tab's timers may be a minute late
const FIRST_PAGE = 50;
const RETRY_MS = 5_000;

/** What came since the last batch. */
class Pending {
  news: AlertFrame[] = [];
  history: Alert[] = [];
  devices: DeviceFrame[] = [];
  channels: Partial<Record<Channel, Partial<ChannelState>>> = {};
  health: Health | null = null;
}

/** Follow the session: connect when somebody is signed in, forget all when they leave. Returns how to stop that. */
export function startLive(): () => void {
  let leave: (() => void) | null = null;
  const follow = (isIn: boolean) => {
    if (isIn) leave ??= connect();
    else {
      leave?.();
      leave = null;
    }
  };
  follow(useAuthStore.getState().status === "signed-in");
  const unsubscribe = useAuthStore.subscribe(({ status }) => follow(status === "signed-in"));
  return () => {
    unsubscribe();
    follow(false);
  };
}

function connect(): () => void {
  let pending = new Pending();
  let firstPage: AbortController | null = null;
  const channels = useAuthStore.getState().user?.channels ?? [];
  useLiveStore.getState().follow(channels);
  const batch = batchOf(() => {
    const now = pending;
    pending = new Pending();
    show(now);
  });

  const add = () => {
    if (pending.news.length + pending.history.length + pending.devices.length >= MAX_PENDING) batch.flush();
    else batch.schedule();
  };

  const service = new WebSocketService({
    state(channel, change) {
      pending.channels[channel] = { ...pending.channels[channel], ...change };
      add();
    },
    health(health) {
      pending.health = health;
      add();
    },
    begin(channel, isAnew) {
      if (isAnew) {
        batch.flush();
        if (channel === "alerts") useAlertsStore.getState().reset();
        else useDevicesStore.getState().reset();
      }
      if (channel === "alerts") {
        firstPage?.abort();
        firstPage = new AbortController();
        void loadFirstPage(firstPage.signal);
      }
    },
  });

  if (channels.includes("alerts")) {
    service.connectAlerts((frame, isNews) => {
      if (isNews || frame.type !== "new_alert") pending.news.push(frame);
      else pending.history.push({ id: frame.id, seq: frame.seq, at: frame.at, data: frame.data, acknowledged: null });
      add();
    });
  }
  if (channels.includes("devices")) {
    service.connectDevices((frame) => {
      pending.devices.push(frame);
      add();
    });
  }

  return () => {
    service.disconnectAll();
    firstPage?.abort();
    batch.cancel();
    useAlertsStore.getState().reset();
    useDevicesStore.getState().reset();
    useLiveStore.getState().reset();
    resetPulse();
  };
}

function show({ news, history, devices, channels, health }: Pending): void {
  notePulse(news);
  notePulse(devices);
  if (history.length > 0) useAlertsStore.getState().load(history);
  if (news.length > 0) useAlertsStore.getState().apply(news);
  if (devices.length > 0) useDevicesStore.getState().apply(devices);
  for (const [channel, change] of Object.entries(channels)) useLiveStore.getState().setChannel(channel as Channel, change);
  const live = useLiveStore.getState();
  if (health) live.setHealth(health);
  // Only sockets tell the health. What they told last is not true for long after they have gone.
  else if (live.health && Object.values(live.channels).every(({ mode }) => mode === "polling" || mode === "offline")) live.setHealth(null);
}

/** The newest alerts, with who has seen them, which the socket tells only from now on. */
async function loadFirstPage(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const { items } = await ask<Rest.Alerts>("api/alerts", { query: { limit: FIRST_PAGE }, signal });
      if (!signal.aborted) useAlertsStore.getState().load(items as unknown as Alert[]);
      return;
    } catch {
      await pause(RETRY_MS, signal);
    }
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
