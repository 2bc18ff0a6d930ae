// How fresh this page is: each channel's state, when it was last heard, and what was missed on the way.
import { Text, Title } from "@mantine/core";
import { RelativeTime } from "../../components/RelativeTime";
import type { Channel } from "../../lib/api/types";
import { type ChannelState, type Mode, useLiveStore } from "../../stores/live";
import { type Column, Records } from "./Records";

type Line = ChannelState & { channel: Channel };

const WORDS: Record<Mode, string> = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  polling: "Polling every few seconds",
  offline: "Offline",
};

const COLUMNS: readonly Column<Line>[] = [
  { header: "Channel", cell: ({ channel }) => (channel === "alerts" ? "Alerts" : "Devices") },
  { header: "State", cell: ({ mode }) => WORDS[mode] },
  { header: "Heard", cell: ({ heardAt }) => (heardAt === null ? "Not yet" : <RelativeTime at={new Date(heardAt).toISOString()} />) },
  { header: "Holes", cell: ({ holes }) => holes },
  { header: "Gaps", cell: ({ gaps }) => gaps },
];

export function Freshness() {
  const channels = useLiveStore((state) => state.channels);
  const lines: Line[] = (["alerts", "devices"] as const).flatMap((channel) => {
    const state = channels[channel];
    return state ? [{ channel, ...state }] : [];
  });
  return (
    <section aria-labelledby="freshness">
      <Title order={3} size="h4" id="freshness" mb="xs">
        This page
      </Title>
      <Records label="Channels of this page" columns={COLUMNS} records={lines} keyOf={(line) => line.channel} />
      <Text size="sm" c="dimmed" mt="xs">
        Counted since the page was opened. A hole is an event that this page saw was missing, asked for again and got. A
        gap is one that HomeGuard itself cannot give any more.
      </Text>
    </section>
  );
}
