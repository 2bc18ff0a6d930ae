// The newest alerts as they come, and who has seen which. History is REST's; this is what the socket has told.
import { create } from "zustand";
import type { Acknowledgement, Alert, Live } from "../lib/api/types";

export type AlertFrame = Live.NewAlert | Live.AlertAcknowledged;

export const MAX_RECENT = 2_000; // older ones are read from history; a storm must not fill the memory

const MAX_ACKNOWLEDGEMENTS = 10_000; // told since the page was opened; a page on the wall stays open for months

export interface AlertsState {
  /** Newest first, each `seq` once. `acknowledged` is in them as it is in history. */
  recent: readonly Alert[];
  /** By id of the alert, what the socket told, also of alerts that are only in history. */
  acknowledgements: Readonly<Record<string, Acknowledgement>>;
  /** How many alerts came since the page was opened; what counts and toasts are made from. */
  arrived: number;
  apply: (frames: readonly AlertFrame[]) => void;
  /** Take alerts as REST lists them, such as the first page. */
  load: (alerts: readonly Alert[]) => void;
  /** Take what the server answered to an acknowledgement, also of alerts that are only in history. */
  confirm: (alerts: readonly Alert[]) => void;
  reset: () => void;
}

export const useAlertsStore = create<AlertsState>()((set) => ({
  recent: [],
  acknowledgements: {},
  arrived: 0,
  apply: (frames) =>
    set((state) => {
      const fresh: Alert[] = [];
      const isSeen = frames.some(({ type }) => type === "alert_acknowledged");
      const acknowledgements: Record<string, Acknowledgement> = isSeen ? newest(state.acknowledgements) : state.acknowledgements;
      for (const frame of frames) {
        if (frame.type === "new_alert") {
          fresh.push({ id: frame.id, seq: frame.seq, at: frame.at, data: frame.data, acknowledged: null });
        } else {
          acknowledgements[frame.data.alert_id] ??= { by: frame.data.by, at: frame.at }; // the first one counts
        }
      }
      const recent = merged(state.recent, fresh, acknowledgements);
      return { recent, acknowledgements, arrived: state.arrived + fresh.length };
    }),
  load: (alerts) => set((state) => ({ recent: merged(state.recent, alerts, state.acknowledgements) })),
  confirm: (alerts) =>
    set((state) => {
      const acknowledgements = { ...state.acknowledgements };
      for (const { id, acknowledged } of alerts) if (acknowledged) acknowledgements[id] ??= acknowledged;
      return { acknowledgements, recent: merged(state.recent, [], acknowledgements) };
    }),
  reset: () => set({ recent: [], acknowledgements: {}, arrived: 0 }),
}));

/** A copy without those that were told first, where there are too many. */
function newest(acknowledgements: Readonly<Record<string, Acknowledgement>>): Record<string, Acknowledgement> {
  const ids = Object.keys(acknowledgements);
  if (ids.length < MAX_ACKNOWLEDGEMENTS) return { ...acknowledgements };
  return Object.fromEntries(Object.entries(acknowledgements).slice(-MAX_ACKNOWLEDGEMENTS / 2));
}

/** Bring both together, newest first, each `seq` once, with what is known of who has seen them. */
function merged(
  known: readonly Alert[],
  more: readonly Alert[],
  acknowledgements: Readonly<Record<string, Acknowledgement>>,
): readonly Alert[] {
  const bySeq = new Map<number, Alert>();
  for (const alert of [...known, ...more]) {
    const before = bySeq.get(alert.seq);
    const acknowledged = alert.acknowledged ?? before?.acknowledged ?? acknowledgements[alert.id] ?? null;
    // An alert that did not change stays the same object: its row need not be drawn again.
    bySeq.set(alert.seq, before?.acknowledged === acknowledged ? before : alert.acknowledged === acknowledged ? alert : { ...alert, acknowledged });
  }
  return [...bySeq.values()].toSorted((one, other) => other.seq - one.seq).slice(0, MAX_RECENT);
}
