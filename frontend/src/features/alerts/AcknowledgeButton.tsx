// Acknowledges alerts: busy until the server has answered.
import { Button } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { acknowledge, useAcknowledging } from "./acknowledge";

export interface AcknowledgeButtonProps {
  ids: readonly string[];
  /** What it does, where the word alone would not tell. */
  label?: string;
  children?: string;
  isMain?: boolean;
  onDone?: () => void;
}

export function AcknowledgeButton({ ids, label, children = "Acknowledge", isMain = false, onDone }: AcknowledgeButtonProps) {
  const isPending = useAcknowledging(({ pending }) => ids.some((id) => pending.has(id)));
  return (
    <Button
      size="xs"
      variant={isMain ? "filled" : "default"}
      leftSection={<IconCheck size={14} aria-hidden />}
      aria-label={label}
      loading={isPending}
      onClick={() => void acknowledge(ids).then(onDone)}
    >
      {children}
    </Button>
  );
}
