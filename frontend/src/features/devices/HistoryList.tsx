// What became of a device, newest first.
import { Button, Skeleton, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { RelativeTime } from "../../components/RelativeTime";
import { type Change, changesOf } from "./changes";
import classes from "./HistoryList.module.css";
import { Section } from "./Section";
import { Trouble } from "./Trouble";
import type { History } from "./useHistory";

const STEP = 20; // a page has a hundred, for the lines of telemetry; so many at once are too much to read

export function HistoryList({ history }: { history: History }) {
  const { events, isAll, isLoading, isLoadingMore, error, retry, loadMore } = history;
  const [shown, setShown] = useState(STEP);
  const changes = useMemo(() => changesOf(events, isAll), [events, isAll]);

  function more() {
    setShown(shown + STEP);
    if (shown + STEP > changes.length && !isAll) loadMore();
  }

  return (
    <Section title="History">
      {error && <Trouble what="Its history cannot be shown" error={error} onRetry={retry} />}
      {isLoading && <Skeleton h={120} />}
      {!isLoading && !error && changes.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing is kept of it.
        </Text>
      )}
      <ol className={classes.list}>
        {changes.slice(0, shown).map((change) => (
          <One key={change.seq} change={change} />
        ))}
      </ol>
      {(shown < changes.length || (!isAll && changes.length > 0)) && (
        <Button variant="default" size="compact-sm" mt="sm" loading={isLoadingMore} onClick={more}>
          Show more
        </Button>
      )}
    </Section>
  );
}

function One({ change: { at, words } }: { change: Change }) {
  return (
    <li className={classes.change}>
      <Text span size="xs" c="dimmed">
        <RelativeTime at={at} />
      </Text>
      <Text span size="sm" className={classes.words}>
        {words.join(" · ")}
      </Text>
    </li>
  );
}
