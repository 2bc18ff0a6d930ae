// What publishers sent and nobody could read: from where, why, and how it began.
import { Button, Code, Group, Paper, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { PublishState } from "../../components/PublishState";
import { RelativeTime } from "../../components/RelativeTime";
import { ask } from "../../lib/api/client";
import type { Rest } from "../../lib/api/types";
import { legible } from "../../lib/legible";
import classes from "./Rejects.module.css";
import { Failed, Waiting } from "./States";

const PAGE = 50;
const REFRESH_MS = 10_000;
const KEPT_BYTES = 1_024; // what the server keeps of each
const SHOWN = 200; // characters, until somebody asks for more: about three lines

export function Rejects() {
  const list = useInfiniteQuery({
    queryKey: ["rejects"],
    queryFn: ({ pageParam, signal }) => ask<Rest.Rejects>("api/rejects", { query: { limit: PAGE, before: pageParam }, signal }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next,
    // New ones come by themselves, until somebody reads back: then every page would be asked for again.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : REFRESH_MS),
  });

  if (list.isPending) return <Waiting label="Loading rejects" />;
  if (!list.data) {
    return (
      <Failed title="The rejects could not be read" error={list.error} isBusy={list.isFetching} onRetry={() => void list.refetch()} />
    );
  }
  const rejects = list.data.pages.flatMap((page) => page.items);
  if (rejects.length === 0) {
    return (
      <PublishState
        title="Everything could be read"
        text="That is good. What HomeGuard cannot read is kept here, with the reason. To see one, publish what is no JSON."
        topic="alerts"
        payload="hello?"
      />
    );
  }
  return (
    <Stack gap="sm">
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" c="dimmed">
          What could not be read, newest first. HomeGuard keeps the newest 1,000.
        </Text>
        <Button variant="default" size="xs" className={classes.refresh} loading={list.isRefetching} onClick={() => void list.refetch()}>
          Refresh
        </Button>
      </Group>
      {list.error && !list.isFetchNextPageError && (
        <Failed title="This list may be old" error={list.error} isBusy={list.isFetching} onRetry={() => void list.refetch()} />
      )}
      <Stack component="ul" gap="xs" className={classes.list} aria-label="Rejects">
        {rejects.map((reject) => (
          <Reject key={reject.id} reject={reject} />
        ))}
      </Stack>
      {list.isFetchNextPageError && (
        <Failed title="The older ones could not be read" error={list.error} isBusy={list.isFetchingNextPage} onRetry={() => void list.fetchNextPage()} />
      )}
      {list.hasNextPage && !list.isFetchNextPageError && (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()} className={classes.more}>
          Load older ones
        </Button>
      )}
    </Stack>
  );
}

function Reject({ reject }: { reject: Rest.RejectView }) {
  const { at, topic, reason, field, payload_bytes } = reject;
  return (
    <Paper component="li" withBorder p="sm" className={classes.reject}>
      <Group justify="space-between" gap="xs">
        <Text fw={600} size="sm">
          {legible(topic)}
        </Text>
        <Text size="sm" c="dimmed">
          <RelativeTime at={at} />
        </Text>
      </Group>
      <Text size="sm">
        {legible(reason)}
        {field !== null && (
          <Text span size="sm" c="dimmed">
            {" "}
            (field {legible(field)})
          </Text>
        )}
      </Text>
      <Payload text={legible(reject.payload)} bytes={payload_bytes} />
    </Paper>
  );
}

function Payload({ text, bytes }: { text: string; bytes: number }) {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > SHOWN;
  const size = `${bytes.toLocaleString("en")} ${bytes === 1 ? "byte" : "bytes"}`;
  return (
    <>
      {text !== "" && (
        <Code block className={classes.payload}>
          {isLong && !isWhole ? `${text.slice(0, SHOWN)}…` : text}
        </Code>
      )}
      <Group gap="xs">
        <Text size="xs" c="dimmed">
          {bytes > KEPT_BYTES ? `${size}, of which the first ${KEPT_BYTES.toLocaleString("en")} are kept` : size}
        </Text>
        {isLong && (
          <Button variant="subtle" size="compact-sm" onClick={() => setWhole(!isWhole)} aria-expanded={isWhole}>
            {isWhole ? "Show less" : "Show all"}
          </Button>
        )}
      </Group>
    </>
  );
}
