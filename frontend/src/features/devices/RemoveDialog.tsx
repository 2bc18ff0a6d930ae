// Asks whether a device is to be forgotten.
import { Text } from "@mantine/core";
import { FormDialog } from "../../components/FormDialog";
import { navigate } from "../../lib/hash";
import { toast } from "../../stores/toasts";
import type { DialogProps } from "./BlockDialog";
import { nameOf } from "./listing";
import { useSubmit } from "./useSubmit";

export function RemoveDialog({ device, onClose }: DialogProps) {
  const { isBusy, error, send } = useSubmit("remove", () => {
    toast({ title: `${nameOf(device)} was removed` });
    navigate("/devices", { replace: true });
  });
  return (
    <FormDialog
      title={`Remove ${nameOf(device)}?`}
      action="Remove"
      isDangerous
      isBusy={isBusy}
      error={error}
      onSubmit={() => send(`api/devices/${device.id}`, { method: "DELETE" })}
      onClose={onClose}
    >
      <Text size="sm">
        {device.has_account
          ? "HomeGuard forgets the device and removes its account at the broker: it is thrown off, and cannot sign in any more. Its events stay in the journal."
          : "HomeGuard forgets the device; its events stay in the journal. If it speaks again, it comes back as a new one. To keep it out, block it instead."}
      </Text>
    </FormDialog>
  );
}
