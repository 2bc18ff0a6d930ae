// How fresh the page is, in one word; and since when it is not, where that is long enough to matter.
import { Badge } from "@mantine/core";
import { IconAccessPoint, IconLoader2, IconPlugConnectedX, IconRefresh, IconTransfer } from "@tabler/icons-react";
import { exactWords, spanWords, useTimed } from "../lib/time";
import { type Mode, pageFreshAt, pageMode, useLiveStore } from "../stores/live";
import classes from "./LiveBadge.module.css";

const STALE_MS = 10_000; // polling asks every 5 s, so what is older than this did not come

const LOOKS: Record<Mode, { label: string; meaning: string; Icon: typeof IconRefresh }> = {
  connecting: { label: "Connecting", meaning: "The live connection is being made", Icon: IconLoader2 },
  live: { label: "Live", meaning: "What happens is shown at once", Icon: IconAccessPoint },
  reconnecting: { label: "Reconnecting", meaning: "The live connection was lost and is being made again", Icon: IconRefresh },
  polling: { label: "Polling", meaning: "There is no live connection; the page asks every 5 seconds", Icon: IconTransfer },
  offline: { label: "Offline", meaning: "HomeGuard does not answer; the page goes on trying", Icon: IconPlugConnectedX },
};

export function LiveBadge() {
  const mode = useLiveStore(pageMode);
  const { label, meaning, Icon } = LOOKS[mode];
  return (
    <div className={classes.place}>
      {/* A screen reader is told when the word changes, not each second of how old the page is. */}
      <Badge
        component="output"
        className={classes.badge}
        variant="default"
        tt="none"
        fw={600}
        title={meaning}
        leftSection={<Icon size={14} aria-hidden className={classes[mode]} />}
      >
        {label}
      </Badge>
      <Age />
    </div>
  );
}

function Age() {
  const freshAt = useLiveStore(pageFreshAt);
  const words = useTimed((now) => (freshAt !== null && now - freshAt > STALE_MS ? `as of ${spanWords(now - freshAt)} ago` : ""));
  if (freshAt === null || words === "") return null;
  const at = new Date(freshAt).toISOString();
  return (
    <time className={classes.age} dateTime={at} title={exactWords(at)}>
      {words}
    </time>
  );
}
