// Opens the dialog that blocks a device, or the one that unblocks it. Both are loaded when they are first asked for.
import { type ReactNode, useCallback, useState } from "react";
import { useOnDemand } from "../../components/onDemand";
import { useMay } from "../../components/useMay";
import { useDevicesStore } from "../../stores/devices";

const loadDialog = () => import("./BlockDialogs");

export interface Blocking {
  /** Ask how to block this device, or whether to unblock it; undefined for who may do neither. */
  ask: ((id: string) => void) | undefined;
  dialog: ReactNode;
}

export function useBlocking(): Blocking {
  const mayBlock = useMay("operator");
  const [Dialog, wantDialog] = useOnDemand(loadDialog);
  const [asked, setAsked] = useState<{ id: string; isBlocked: boolean } | null>(null);
  const device = useDevicesStore((state) => (asked === null ? undefined : state.byId[asked.id]));
  // What was asked stays asked: a frame that comes meanwhile must not turn the one dialog into the other.
  const ask = useCallback((id: string) => {
    const known = useDevicesStore.getState().byId[id];
    if (!known) return;
    wantDialog();
    setAsked({ id, isBlocked: known.block.desired });
  }, [wantDialog]);
  return {
    ask: mayBlock ? ask : undefined,
    dialog: mayBlock && Dialog && asked && device && (
      <Dialog device={device} isBlocked={asked.isBlocked} onClose={() => setAsked(null)} />
    ),
  };
}
