// Who has seen an alert, and when.
import { Text } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { RelativeTime } from "../../components/RelativeTime";
import type { Acknowledgement } from "../../lib/api/types";
import classes from "./AlertRow.module.css";

export function Seen({ by, at }: Acknowledgement) {
  return (
    <Text size="xs" c="dimmed" className={classes.seen}>
      <IconCheck size={14} aria-hidden />
      <span>
        Acknowledged by <bdi>{by}</bdi>, <RelativeTime at={at} />
      </span>
    </Text>
  );
}
