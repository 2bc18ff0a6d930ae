// Asks whether a device is to be forgotten.
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { ask } from "../../lib/api/client";
import { navigate } from "../../lib/hash";
import { toast } from "../../stores/toasts";
import type { DialogProps } from "./BlockDialog";
import { nameOf } from "./listing";
import { Refusal } from "./Refusal";

export function RemoveDialog({ device, onClose }: DialogProps) {
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);

  async function remove() {
    setBusy(true);
    setError(null);
    try {
      await ask(`api/devices/${device.id}`, { method: "DELETE" });
      toast({ title: `${nameOf(device)} was removed` });
      navigate("/devices", { replace: true });
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={`Remove ${nameOf(device)}?`} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        <Text size="sm">
          HomeGuard forgets the device; its events stay in the journal. If it speaks again, it comes back as a new one. To keep it out, block it instead.
        </Text>
        <Refusal error={error} doing="remove" />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color="red.9" onClick={() => void remove()} loading={isBusy}>
            Remove
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
