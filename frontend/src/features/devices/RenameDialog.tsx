// Asks what people call a device, and what kind of thing it is.
import { TextInput } from "@mantine/core";
import { useState } from "react";
import { FormDialog } from "../../components/FormDialog";
import type { Rest } from "../../lib/api/types";
import type { DialogProps } from "./BlockDialog";
import { useSubmit } from "./useSubmit";

const MAX_NAME = 100;

export function RenameDialog({ device, onClose }: DialogProps) {
  const [name, setName] = useState(device.name ?? "");
  const [kind, setKind] = useState(device.kind ?? "");
  const { isBusy, error, send } = useSubmit("change", onClose);

  function submit() {
    const body = { name: name.trim() || null, kind: kind.trim() || null } satisfies Rest.DeviceChange; // null forgets it
    send(`api/devices/${device.id}`, { method: "PATCH", body });
  }

  return (
    <FormDialog title={`Rename ${device.id}`} action="Rename" isBusy={isBusy} error={error} onSubmit={submit} onClose={onClose}>
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
    </FormDialog>
  );
}
