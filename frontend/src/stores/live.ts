// How fresh what the page shows is: the state of both channels, and the health that the server tells.
import { create } from "zustand";
import type { Channel, Health } from "../lib/api/types";

/**
 * `connecting` until the first frame; `live` on a socket; `reconnecting` while it is away for a moment; `polling` while
 * it is away for longer and REST answers; `offline` when nothing does.
 */
export type Mode = "connecting" | "live" | "reconnecting" | "polling" | "offline";

export interface ChannelState {
  mode: Mode;
  /** When something was last heard, in milliseconds of `Date.now`; null before. */
  heardAt: number | null;
  /** Holes that `prev` has shown, each of them resumed. */
  holes: number;
  /** Gaps that the server has admitted: events that nobody can tell any more. */
  gaps: number;
  /** Why the socket was given up, in the server's words; null while it is tried. */
  stopped: string | null;
}

export interface LiveState {
  /** Those that the page follows: a user may read one of them alone. */
  channels: Readonly<Partial<Record<Channel, ChannelState>>>;
  health: Health | null;
  /** Follow these from now on, and no others. */
  follow: (channels: readonly Channel[]) => void;
  setChannel: (channel: Channel, change: Partial<ChannelState>) => void;
  setHealth: (health: Health | null) => void;
  reset: () => void;
}

const FRESH: ChannelState = { mode: "connecting", heardAt: null, holes: 0, gaps: 0, stopped: null };

export const useLiveStore = create<LiveState>()((set) => ({
  channels: { alerts: FRESH, devices: FRESH },
  health: null,
  follow: (followed) => set({ channels: Object.fromEntries(followed.map((channel) => [channel, FRESH])) }),
  setChannel: (channel, change) =>
    set(({ channels }) => ({ channels: { ...channels, [channel]: { ...FRESH, ...channels[channel], ...change } } })),
  setHealth: (health) => set({ health }),
  reset: () => set({ channels: { alerts: FRESH, devices: FRESH }, health: null }),
}));

const WORST: readonly Mode[] = ["offline", "polling", "reconnecting", "connecting", "live"];

/** Tell the mode of the page: the worse of its channels. */
export const pageMode = ({ channels }: Pick<LiveState, "channels">): Mode =>
  WORST.find((worst) => Object.values(channels).some(({ mode }) => mode === worst)) ?? "live";

/** Tell since when the page may be out of date: when the channel was last heard that is not live, or null. */
export const pageFreshAt = ({ channels }: Pick<LiveState, "channels">): number | null =>
  Object.values(channels).reduce<number | null>(
    (oldest, { mode, heardAt }) => (mode === "live" || heardAt === null ? oldest : Math.min(oldest ?? heardAt, heardAt)),
    null,
  );

/** Tell why sockets are tried no more, or null. */
export const whyStopped = ({ channels }: Pick<LiveState, "channels">): string | null =>
  Object.values(channels).find(({ stopped }) => stopped !== null)?.stopped ?? null;
