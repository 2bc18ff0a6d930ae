// Asks why and for how long a device is to be blocked.
import { Button, Chip, Group, Modal, NumberInput, Radio, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ask } from "../../lib/api/client";
import type { Device, Rest } from "../../lib/api/types";
import classes from "./BlockDialog.module.css";
import { nameOf } from "./listing";
import { Refusal } from "./Refusal";

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
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const chosen = span === "custom" ? minutes : span;
    const body = {
      ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
      ...(chosen === "" ? {} : { minutes: Number(chosen) }),
    } satisfies Rest.BlockWish;
    setBusy(true);
    setError(null);
    try {
      await ask(`api/devices/${device.id}/block`, { method: "POST", body });
      onClose(); // the socket tells what becomes of it
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={onClose} title={`Block ${nameOf(device)}`} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <TextInput
            label="Reason"
            description="Everybody who watches sees it."
            placeholder="Optional"
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={MAX_REASON}
            data-autofocus
          />
          <Group gap="xs" component="fieldset" className={classes.plain} aria-label="Suggested reasons">
            {REASONS.map((one) => (
              <Chip key={one} size="xs" variant="outline" checked={reason === one} onChange={(isOn) => setReason(isOn ? one : "")}>
                {one}
              </Chip>
            ))}
          </Group>
          <Radio.Group label="For how long" value={span} onChange={setSpan}>
            <Stack gap={6} mt={6}>
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
          <Refusal error={error} doing="block" />
          <Text size="xs" c="dimmed">
            HomeGuard stores the block and tells the home. The device's page shows who really enforces it.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" color="red.9" loading={isBusy}>
              Block
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
