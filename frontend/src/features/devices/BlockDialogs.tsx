// The dialog that fits: one to block a device, one to unblock it.
import { BlockDialog, type DialogProps } from "./BlockDialog";
import { UnblockDialog } from "./UnblockDialog";

export default function BlockDialogs({ isBlocked, ...props }: DialogProps & { isBlocked: boolean }) {
  return isBlocked ? <UnblockDialog {...props} /> : <BlockDialog {...props} />;
}
