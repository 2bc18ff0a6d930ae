// Who said it, where that is not the device itself: HomeGuard, or somebody who cannot be proved.
import { Badge, Popover, Text, UnstyledButton } from "@mantine/core";
import { IconHelpCircle, IconShieldHalf } from "@tabler/icons-react";
import type { Alert } from "../../lib/api/types";
import classes from "./Sender.module.css";

export function Sender({ data }: Pick<Alert, "data">) {
  if (data.raised_by === "homeguard") {
    return (
      <Badge
        className={classes.ours}
        tt="none"
        fw={600}
        leftSection={<IconShieldHalf size={14} aria-hidden />}
        title="HomeGuard itself noticed this; no device sent it."
      >
        From HomeGuard
      </Badge>
    );
  }
  return data.verified ? null : <Unverified deviceId={data.device_id} />;
}

function Unverified({ deviceId }: { deviceId: string }) {
  return (
    <Popover width={300} position="bottom-start" withArrow shadow="md" withinPortal trapFocus={false}>
      <Popover.Target>
        <UnstyledButton className={classes.unverified}>
          <IconHelpCircle size={14} aria-hidden />
          Unverified sender
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm">
          This came on the shared topic <b>homeguard/alerts</b>. Whoever has the broker’s operator account may publish
          there in any device’s name, so that it was really <bdi>{deviceId}</bdi> is not proved.
        </Text>
        <Text size="sm" mt="xs">
          On its own topic, <b className={classes.topic}>homeguard/alerts/{deviceId}</b>, the broker lets only that
          device publish: that proves the sender.
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}
