// What a user may read: alerts, devices, or both.
import { Checkbox, Stack } from "@mantine/core";
import type { Channel } from "../../../lib/api/types";

const READS: Record<Channel, string> = {
  alerts: "every alert, and who has acknowledged it",
  devices: "every device, its values, its history and its block",
};
export const CHANNELS: readonly Channel[] = ["alerts", "devices"];

/** At least one: who reads nothing has nothing to sign in for. */
export type Chosen = [Channel] | [Channel, Channel];

export interface ChannelChoiceProps {
  value: readonly Channel[];
  onChange: (channels: readonly Channel[]) => void;
}

export function ChannelChoice({ value, onChange }: ChannelChoiceProps) {
  return (
    <Checkbox.Group
      label="Reads"
      value={[...value]}
      onChange={(chosen) => onChange(CHANNELS.filter((channel) => chosen.includes(channel)))}
      error={value.length === 0 ? "At least one of both" : null}
    >
      <Stack gap="xs" mt="xs" mb={4}>
        {CHANNELS.map((channel) => (
          <Checkbox key={channel} value={channel} label={channel} description={READS[channel]} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}

/** The channels as REST takes them; undefined where none is chosen. */
export function chosenOf(value: readonly Channel[]): Chosen | undefined {
  const [one, other] = value;
  if (one === undefined) return undefined;
  return other === undefined ? [one] : [one, other];
}

export const areSame = (one: readonly Channel[], other: readonly Channel[]) =>
  CHANNELS.every((channel) => one.includes(channel) === other.includes(channel));
