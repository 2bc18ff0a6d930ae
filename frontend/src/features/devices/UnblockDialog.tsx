// Asks whether a device is to be unblocked.
import { Text } from "@mantine/core";
import { FormDialog } from "../../components/FormDialog";
import type { DialogProps } from "./BlockDialog";
import { isQuarantined, wisherWords } from "./blockwords";
import { nameOf } from "./listing";
import { useSubmit } from "./useSubmit";

export function UnblockDialog({ device, onClose }: DialogProps) {
  const { isBusy, error, send } = useSubmit("unblock", onClose);
  const { reason, by } = device.block;
  const isNew = isQuarantined(device.block);
  return (
    <FormDialog
      title={isNew ? `Let ${nameOf(device)} in?` : `Unblock ${nameOf(device)}?`}
      action={isNew ? "Let in" : "Unblock"}
      startsOnAction
      isBusy={isBusy}
      error={error}
      onSubmit={() => send(`api/devices/${device.id}/unblock`, { method: "POST" })}
      onClose={onClose}
    >
      <Text size="sm">
        {isNew
          ? "It is new here, and blocked until somebody lets it in. Let in, it may use the network and be heard. If you do not know it, leave it blocked."
          : `${by === null ? "It is blocked" : `${wisherWords(by)} blocked it`}${reason === null ? "" : `: ${reason}`}. Unblocked, it may use the network and be heard again.`}
      </Text>
    </FormDialog>
  );
}
