// The five newest alerts; what comes while one looks slides in.
import { Anchor, Group, Paper, Text, Title } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { memo, useState } from "react";
import { Link } from "wouter";
import { RelativeTime } from "../../components/RelativeTime";
import { SeverityBadge } from "../../components/SeverityBadge";
import type { Alert } from "../../lib/api/types";
import { sampled } from "../../lib/sampled";
import { useAlertsStore } from "../../stores/alerts";
import { useDevicesStore } from "../../stores/devices";
import classes from "./NewestAlerts.module.css";

const SHOWN = 5;
const EVERY_MS = 200;

const areSame = (some: readonly Alert[], others: readonly Alert[]) =>
  some.length === others.length && some.every((alert, index) => alert === others[index]);

const useNewest = sampled(useAlertsStore, ({ recent }) => recent.slice(0, SHOWN), EVERY_MS, areSame);

export function NewestAlerts() {
  const newest = useNewest();
  const [seen, setSeen] = useState<number | null>(null); // the newest of those that were there when one came
  const first = newest[0]?.seq;
  if (seen === null && first !== undefined) setSeen(first);
  return (
    <Paper withBorder component="section" aria-labelledby="newest" className={classes.card}>
      <Group justify="space-between" gap="xs" px="md" py="sm">
        <Title order={3} size="h5" id="newest">
          Newest alerts
        </Title>
        <Anchor component={Link} href="/alerts" size="sm">
          All alerts
        </Anchor>
      </Group>
      {newest.length === 0 ? (
        <Text c="dimmed" size="sm" px="md" pb="md">
          No alert was heard yet.
        </Text>
      ) : (
        <ol className={classes.list}>
          {newest.map((alert) => (
            <Row key={alert.seq} alert={alert} isNew={seen !== null && alert.seq > seen} />
          ))}
        </ol>
      )}
    </Paper>
  );
}

const Row = memo(function Row({ alert: { id, at, data, acknowledged }, isNew }: { alert: Alert; isNew: boolean }) {
  const name = useDevicesStore(({ byId }) => byId[data.device_id]?.name);
  return (
    <li className={isNew ? classes.arriving : undefined}>
      <Link href={`/alerts?alert=${encodeURIComponent(id)}`} className={classes.row}>
        <SeverityBadge severity={data.severity} />
        <span className={classes.what}>
          <span className={classes.reason}>{data.reason}</span>
          <Text component="span" size="xs" c="dimmed" truncate>
            {name ?? data.device_id}
          </Text>
        </span>
        <Text component="span" size="xs" c="dimmed" className={classes.when}>
          <RelativeTime at={at} />
          {acknowledged && (
            <span className={classes.seen} title={`Acknowledged by ${acknowledged.by}`}>
              <IconCheck size={14} aria-hidden /> {acknowledged.by}
            </span>
          )}
        </Text>
      </Link>
    </li>
  );
});
