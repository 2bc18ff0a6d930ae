// Asks why and for how long a device is to be blocked.
import { Chip, Group, NumberInput, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { FormDialog } from "../../components/FormDialog";
import type { Device, Rest } from "../../lib/api/types";
import { nameOf } from "./listing";
import { useSubmit } from "./useSubmit";

const REASONS = ["Port scan", "Unknown device", "Strange traffic", "Bedtime"];
const SPANS = [
  { value: "15", label: "15 minutes" },
  { value: "60", label: "1 hour" },
  { value: "480", label: "8 hours" },
  { value: "", label: "Until I unblock it" },
  { value: "custom", label: "Another time" },
];
const MAX_REASON = 500;
const MAX_MINUTES = 525_600; // a year, as the server has it

export interface DialogProps {
  device: Device;
  onClose: () => void;
}

export function BlockDialog({ device, onClose }: DialogProps) {
  const [reason, setReason] = useState("");
  const [span, setSpan] = useState("60");
  const [minutes, setMinutes] = useState<string | number>(30);
  const { isBusy, error, send } = useSubmit("block", onClose);

  function submit() {
    const chosen = span === "custom" ? minutes : span;
    const body = {
      ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
      ...(chosen === "" ? {} : { minutes: Number(chosen) }),
    } satisfies Rest.BlockWish;
    send(`api/devices/${device.id}/block`, { method: "POST", body });
  }

  return (
    <FormDialog title={`Block ${nameOf(device)}`} action="Block" isDangerous isBusy={isBusy} error={error} onSubmit={submit} onClose={onClose}>
      <TextInput
        label="Reason"
        description="Everybody who watches sees it."
        placeholder="Optional"
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        maxLength={MAX_REASON}
        data-autofocus
      />
      <Group gap="xs">
        {REASONS.map((one) => (
          <Chip key={one} size="xs" variant="outline" checked={reason === one} onChange={(isOn) => setReason(isOn ? one : "")}>
            {one}
          </Chip>
        ))}
      </Group>
      <Radio.Group label="For how long" value={span} onChange={setSpan}>
        <Stack gap={8} mt={6}>
          {SPANS.map(({ value, label }) => (
            <Radio key={label} value={value} label={label} />
          ))}
        </Stack>
      </Radio.Group>
      {span === "custom" && (
        <NumberInput
          label="Minutes"
          value={minutes}
          onChange={setMinutes}
          min={1}
          max={MAX_MINUTES}
          allowDecimal={false}
          allowNegative={false}
          required
        />
      )}
      <Text size="xs" c="dimmed">
        HomeGuard stores the block and tells the home. The device's page shows who really enforces it.
      </Text>
    </FormDialog>
  );
}
