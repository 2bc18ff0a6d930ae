// Asks whether a device is to be unblocked.
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { ask } from "../../lib/api/client";
import type { DialogProps } from "./BlockDialog";
import { nameOf } from "./listing";
import { Refusal } from "./Refusal";

export function UnblockDialog({ device, onClose }: DialogProps) {
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const { reason, by } = device.block;

  async function unblock() {
    setBusy(true);
    setError(null);
    try {
      await ask(`api/devices/${device.id}/unblock`, { method: "POST" });
      onClose(); // the socket tells what becomes of it
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={`Unblock ${nameOf(device)}?`} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack>
        <Text size="sm">
          {by === null ? "It is blocked" : `${by} blocked it`}
          {reason !== null && `: ${reason}`}. Unblocked, it may use the network and be heard again.
        </Text>
        <Refusal error={error} doing="unblock" />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={() => void unblock()} loading={isBusy} data-autofocus>
            Unblock
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
