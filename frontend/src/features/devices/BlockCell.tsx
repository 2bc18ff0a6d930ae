// The block of a device in a list: its state, who enforces it or why not, and the button that asks to change it.
import { Button, Group, Text } from "@mantine/core";
import { BlockBadge } from "../../components/BlockBadge";
import type { Device } from "../../lib/api/types";
import { useTimed } from "../../lib/time";
import { blockStory } from "./blockwords";
import { nameOf } from "./listing";

export function BlockCell({ block }: Pick<Device, "block">) {
  const headline = useTimed((now) => (block.state === "none" ? "" : blockStory(block, now).headline));
  return (
    <>
      <BlockBadge block={block} />
      {headline !== "" && (
        <Text size="xs" c="dimmed" truncate title={headline}>
          {headline}
        </Text>
      )}
    </>
  );
}

export interface BlockButtonProps {
  device: Device;
  onAsk: (id: string) => void;
}

export function BlockButton({ device, onAsk }: BlockButtonProps) {
  const verb = device.block.desired ? "Unblock" : "Block";
  return (
    <Button size="compact-sm" variant="default" aria-label={`${verb} ${nameOf(device)}`} onClick={() => onAsk(device.id)}>
      {verb}
    </Button>
  );
}

export function Address({ ip, mac }: Pick<Device, "ip" | "mac">) {
  if (ip === null && mac === null) {
    return (
      <Text size="sm" c="dimmed">
        Unknown
      </Text>
    );
  }
  return (
    <Group gap={0} display="block" ff="monospace" fz="xs">
      {ip !== null && <div>{ip}</div>}
      {mac !== null && <Text component="div" fz="inherit" c="dimmed">{mac}</Text>}
    </Group>
  );
}
