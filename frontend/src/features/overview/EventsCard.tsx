// The last hour, minute by minute: drawn by a library that comes after the page, and as numbers for who wants those.
import { Group, Paper, Skeleton, Text, Title } from "@mantine/core";
import { type ComponentType, type ReactNode, useEffect, useState } from "react";
import { useReads } from "../../components/useMay";
import { useTimed } from "../../lib/time";
import { pulse } from "../../stores/pulse";
import type { EventsChartProps } from "./EventsChart";
import classes from "./EventsCard.module.css";
import { eventsOf, type Minute, minutesNow, serverNow } from "./moved";
import { useStats } from "./stats";

export function EventsCard() {
  const readsAlerts = useReads("alerts");
  return (
    <Paper withBorder component="section" aria-labelledby="hour" px="md" py="sm">
      <Group justify="space-between" gap="xs" mb="xs">
        <Title order={3} size="h5" id="hour">
          The last hour, by minute
        </Title>
        <Group gap="md" aria-hidden>
          {readsAlerts && <Key mark={classes.alerts}>alerts</Key>}
          <Key mark={classes.all}>all events</Key>
        </Group>
      </Group>
      <Hour />
    </Paper>
  );
}

function Key({ mark, children }: { mark: string | undefined; children: ReactNode }) {
  return (
    <Text size="xs" c="dimmed" className={classes.key}>
      <span className={mark} />
      {children}
    </Text>
  );
}

/** What is drawn anew each second, apart from the rest of the page. */
function Hour() {
  const { data, dataUpdatedAt } = useStats();
  const now = useTimed((second) => second);
  const [Chart, setChart] = useState<ComponentType<EventsChartProps> | null>(null);
  const [isMissing, setMissing] = useState(false);
  useEffect(() => {
    import("./EventsChart").then(
      ({ EventsChart }) => setChart(() => EventsChart),
      () => setMissing(true),
    );
  }, []);
  const readsAlerts = useReads("alerts");
  if (!data || (Chart === null && !isMissing)) return <Skeleton className={classes.waiting} />;
  const minutes = minutesNow(data, pulse, serverNow(data, dataUpdatedAt, now));
  return (
    <>
      {Chart ? <Chart minutes={minutes} label={labelOf(minutes, readsAlerts)} /> : <Text c="dimmed">The chart could not be loaded.</Text>}
      <Numbers minutes={minutes} readsAlerts={readsAlerts} />
    </>
  );
}

function labelOf(minutes: readonly Minute[], readsAlerts: boolean): string {
  const all = minutes.map(eventsOf);
  const total = all.reduce((sum, count) => sum + count, 0);
  const alerts = minutes.reduce((sum, minute) => sum + minute.alerts, 0);
  const share = readsAlerts ? `, ${alerts} of them on the alerts channel` : "";
  return `Bar chart: ${total} events in the last hour${share}; ${Math.max(...all)} in the busiest minute.`;
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

function Numbers({ minutes, readsAlerts }: { minutes: readonly Minute[]; readsAlerts: boolean }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={classes.numbers} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As numbers</summary>
      {isOpen && (
        // A scrolling part must be reachable by keyboard (WCAG 2.1.1).
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <section className={classes.scroll} tabIndex={0} aria-label="Events by minute">
          {/* Plain: Mantine's table brings scroll areas along, too much for the first page. */}
          <table className={classes.table}>
            <thead>
              <tr>
                <th>Minute</th>
                {readsAlerts && <th>Alerts</th>}
                <th>All events</th>
              </tr>
            </thead>
            <tbody>
              {minutes.toReversed().map((minute) => (
                <tr key={minute.at}>
                  <td>{clock.format(minute.at)}</td>
                  {readsAlerts && <td>{minute.alerts}</td>}
                  <td>{eventsOf(minute)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
