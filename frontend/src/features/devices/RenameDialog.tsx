// Asks what people call a device, and what kind of thing it is.
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ask } from "../../lib/api/client";
import type { Rest } from "../../lib/api/types";
import type { DialogProps } from "./BlockDialog";
import { Refusal } from "./Refusal";

const MAX_NAME = 100;

export function RenameDialog({ device, onClose }: DialogProps) {
  const [name, setName] = useState(device.name ?? "");
  const [kind, setKind] = useState(device.kind ?? "");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const body = { name: name.trim() || null, kind: kind.trim() || null } satisfies Rest.DeviceChange; // null forgets it
    setBusy(true);
    setError(null);
    try {
      await ask(`api/devices/${device.id}`, { method: "PATCH", body });
      onClose(); // the socket tells the new name
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={`Rename ${device.id}`} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <TextInput
            label="Name"
            description="A device that tells its own name takes it back when it next does."
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={MAX_NAME}
            data-autofocus
          />
          <TextInput
            label="Kind"
            placeholder="camera, lock, tv, phone, …"
            value={kind}
            onChange={(event) => setKind(event.currentTarget.value)}
            maxLength={MAX_NAME}
          />
          <Refusal error={error} doing="change" />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={isBusy}>
              Rename
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
