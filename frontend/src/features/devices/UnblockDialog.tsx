// Asks whether a device is to be unblocked.
import { Text } from "@mantine/core";
import { FormDialog } from "../../components/FormDialog";
import type { DialogProps } from "./BlockDialog";
import { nameOf } from "./listing";
import { useSubmit } from "./useSubmit";

export function UnblockDialog({ device, onClose }: DialogProps) {
  const { isBusy, error, send } = useSubmit("unblock", onClose);
  const { reason, by } = device.block;
  return (
    <FormDialog
      title={`Unblock ${nameOf(device)}?`}
      action="Unblock"
      startsOnAction
      isBusy={isBusy}
      error={error}
      onSubmit={() => send(`api/devices/${device.id}/unblock`, { method: "POST" })}
      onClose={onClose}
    >
      <Text size="sm">
        {by === null ? "It is blocked" : `${by} blocked it`}
        {reason !== null && `: ${reason}`}. Unblocked, it may use the network and be heard again.
      </Text>
    </FormDialog>
  );
}
