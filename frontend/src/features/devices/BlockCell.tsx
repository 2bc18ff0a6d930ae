// The block of a device in a list: its state, who enforces it or why not, and the button that asks to change it.
import { Button, Text } from "@mantine/core";
import { BlockBadge } from "../../components/BlockBadge";
import type { Device } from "../../lib/api/types";
import { useTimed } from "../../lib/time";
import { blockStory, isQuarantined } from "./blockwords";
import classes from "./BlockCell.module.css";
import { nameOf } from "./listing";

export function BlockCell({ block }: Pick<Device, "block">) {
  const headline = useTimed((now) => (block.state === "none" ? "" : blockStory(block, now).headline));
  return (
    <>
      <BlockBadge block={block} />
      {headline !== "" && (
        <Text size="xs" c="dimmed" lineClamp={2} title={headline}>
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
  const verb = isQuarantined(device.block) ? "Let in" : device.block.desired ? "Unblock" : "Block";
  return (
    <Button size="compact-sm" variant="default" fw={500} aria-label={`${verb} ${nameOf(device)}`} onClick={() => onAsk(device.id)}>
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
    <div className={classes.address} title={[ip, mac].filter(Boolean).join("\n")}>
      {ip !== null && <div>{ip}</div>}
      {mac !== null && <div className={classes.dim}>{mac}</div>}
    </div>
  );
}
