// How bad an alert is, in a word, a colour and a shape.
import { Badge } from "@mantine/core";
import { IconAlertHexagon, IconAlertOctagon, IconAlertTriangle, IconChevronDown, IconInfoCircle } from "@tabler/icons-react";
import type { Severity } from "../lib/api/types";
import classes from "./SeverityBadge.module.css";

const LOOKS = {
  info: { label: "Info", Icon: IconInfoCircle },
  low: { label: "Low", Icon: IconChevronDown },
  medium: { label: "Medium", Icon: IconAlertTriangle },
  high: { label: "High", Icon: IconAlertHexagon },
  critical: { label: "Critical", Icon: IconAlertOctagon },
} as const;

export function SeverityBadge({ severity }: { severity: Severity }) {
  const { label, Icon } = LOOKS[severity];
  return (
    <Badge className={`${classes.badge} ${classes[severity]}`} tt="none" fw={600} leftSection={<Icon size={14} aria-hidden />}>
      {label}
    </Badge>
  );
}
