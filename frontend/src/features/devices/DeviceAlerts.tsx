// The newest alerts of a device, live, and the way to all of them.
import { Anchor, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "wouter";
import { useShallow } from "zustand/react/shallow";
import { RelativeTime } from "../../components/RelativeTime";
import { SeverityBadge } from "../../components/SeverityBadge";
import { ask } from "../../lib/api/client";
import type { Alert } from "../../lib/api/types";
import { useAlertsStore } from "../../stores/alerts";
import classes from "./DeviceAlerts.module.css";
import { newestAlerts } from "./newest";
import { Section } from "./Section";
import { Trouble } from "./Trouble";

const SHOWN = 10;

export function DeviceAlerts({ id }: { id: string }) {
  const query = useQuery({
    queryKey: ["device-alerts", id],
    queryFn: ({ signal }) => ask<{ items: Alert[] }>("api/alerts", { query: { device_id: id, limit: SHOWN }, signal }),
  });
  const live = useAlertsStore(useShallow(({ recent }) => recent.filter(({ data }) => data.device_id === id).slice(0, SHOWN)));
  const acknowledgements = useAlertsStore((state) => state.acknowledgements);
  const alerts = useMemo(
    () => newestAlerts(live, query.data?.items ?? [], acknowledgements, SHOWN),
    [live, query.data, acknowledgements],
  );
  return (
    <Section title="Alerts">
      {query.error && <Trouble what="Its older alerts cannot be shown" error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && alerts.length === 0 && <Skeleton h={60} />}
      {query.isSuccess && alerts.length === 0 && (
        <Text size="sm" c="dimmed">
          It has raised no alert.
        </Text>
      )}
      {alerts.length > 0 && (
        <>
          <ul className={classes.list}>
            {alerts.map((alert) => (
              <One key={alert.seq} alert={alert} />
            ))}
          </ul>
          <Anchor component={Link} href={`/alerts?device=${encodeURIComponent(id)}`} size="sm">
            All its alerts
          </Anchor>
        </>
      )}
    </Section>
  );
}

function One({ alert }: { alert: Alert }) {
  const { id, at, data, acknowledged } = alert;
  return (
    <li className={classes.alert}>
      <SeverityBadge severity={data.severity} />
      <div className={classes.words}>
        <Anchor component={Link} href={`/alerts?alert=${encodeURIComponent(id)}`} size="sm">
          {data.reason}
        </Anchor>
        <Text size="xs" c="dimmed">
          <RelativeTime at={at} />
          {acknowledged && `, acknowledged by ${acknowledged.by}`}
        </Text>
      </div>
    </li>
  );
}
