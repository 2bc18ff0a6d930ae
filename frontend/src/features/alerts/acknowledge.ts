// Says to the server that somebody has seen alerts. Nothing is shown as seen before the server has said so.
import { create } from "zustand";
import { ask } from "../../lib/api/client";
import type { Alert, Rest } from "../../lib/api/types";
import { useAlertsStore } from "../../stores/alerts";
import { toast, toastError } from "../../stores/toasts";

const MAX_IDS = 500; // in one request; the server takes no more

interface AcknowledgingState {
  /** Those that were asked for and not answered yet. */
  pending: ReadonlySet<string>;
}

export const useAcknowledging = create<AcknowledgingState>()(() => ({ pending: new Set() }));

type Acknowledged = Omit<Rest.AcknowledgedView, "items"> & { items: Alert[] };

/** Acknowledge all of them; resolves when the server has answered, also where it refused, which is said. */
export async function acknowledge(ids: readonly string[]): Promise<void> {
  const fresh = ids.filter((id) => !useAcknowledging.getState().pending.has(id));
  mark(fresh, true);
  try {
    for (let start = 0; start < fresh.length; start += MAX_IDS) await send(fresh.slice(start, start + MAX_IDS));
  } catch (error) {
    toastError("Not acknowledged", error);
  } finally {
    mark(fresh, false);
  }
}

async function send(ids: readonly string[]): Promise<void> {
  const { items, missing } = await ask<Acknowledged>("api/alerts/acknowledge", { method: "POST", body: { ids } });
  useAlertsStore.getState().confirm(items);
  if (missing.length > 0) {
    const title = missing.length === 1 ? "An alert is gone" : `${missing.length} alerts are gone`;
    toast({ title, message: "They were too old to be kept any longer.", color: "yellow" });
  }
}

function mark(ids: readonly string[], isPending: boolean): void {
  useAcknowledging.setState(({ pending }) => {
    const next = new Set(pending);
    for (const id of ids) if (isPending) next.add(id); else next.delete(id);
    return { pending: next };
  });
}
