// What is really known of a device's block, in a word: never more than enforcers have said.
import { Badge } from "@mantine/core";
import { IconAlertTriangle, IconLoader2, IconLock, IconLockOpen, IconLockX } from "@tabler/icons-react";
import type { Block } from "../lib/api/types";
import classes from "./BlockBadge.module.css";

const LOOKS = {
  none: { label: "Not blocked", tone: "calm", Icon: IconLockOpen },
  pending: { label: "Blocking…", tone: "waiting", Icon: IconLoader2 },
  enforced: { label: "Blocked", tone: "blocked", Icon: IconLock },
  partial: { label: "Partly blocked", tone: "warning", Icon: IconAlertTriangle },
  failed: { label: "Block failed", tone: "failed", Icon: IconLockX },
  releasing: { label: "Unblocking…", tone: "waiting", Icon: IconLoader2 },
} as const;

export function BlockBadge({ block }: { block: Pick<Block, "state"> }) {
  const { label, tone, Icon } = LOOKS[block.state];
  return (
    <Badge
      className={`${classes.badge} ${classes[tone]}`}
      tt="none"
      leftSection={<Icon size={14} aria-hidden className={tone === "waiting" ? classes.turning : undefined} />}
    >
      {label}
    </Badge>
  );
}
