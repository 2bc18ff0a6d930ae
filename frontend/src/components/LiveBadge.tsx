// How fresh the page is, in one word.
import { Badge } from "@mantine/core";
import { type Mode, pageMode, useLiveStore } from "../stores/live";

const LOOKS: Record<Mode, { label: string; color: string }> = {
  connecting: { label: "Connecting", color: "gray" },
  live: { label: "Live", color: "green" },
  reconnecting: { label: "Reconnecting", color: "yellow" },
  polling: { label: "Polling", color: "yellow" },
  offline: { label: "Offline", color: "red" },
};

export function LiveBadge() {
  const mode = useLiveStore(pageMode);
  return (
    <Badge component="output" variant="light" color={LOOKS[mode].color}>
      {LOOKS[mode].label}
    </Badge>
  );
}
