// One alert with every field that its publisher sent, and as it was stored.
import { Code, Group, Stack, Text, Title } from "@mantine/core";
import { CopyButton } from "../../components/CopyButton";
import { RelativeTime } from "../../components/RelativeTime";
import { SeverityBadge } from "../../components/SeverityBadge";
import type { Alert } from "../../lib/api/types";
import { exactWords } from "../../lib/time";
import { AcknowledgeButton } from "./AcknowledgeButton";
import classes from "./AlertFacts.module.css";
import { DeviceLink } from "./DeviceLink";
import { factsOf, valueWords } from "./facts";
import { NextStep } from "./NextStep";
import { Seen } from "./Seen";
import { Sender } from "./Sender";

export function AlertFacts({ alert, canAcknowledge }: { alert: Alert; canAcknowledge: boolean }) {
  const { data, acknowledged } = alert;
  const { said, details } = factsOf(alert);
  return (
    <Stack gap="md">
      <Group gap="xs">
        <SeverityBadge severity={data.severity} />
        <Sender data={data} />
      </Group>
      <Title order={3} size="h4" className={classes.reason}>
        <bdi>{data.reason}</bdi>
      </Title>
      <NextStep data={data} />
      <dl className={classes.facts}>
        <dt>Device</dt>
        <dd>
          <DeviceLink id={data.device_id} className={classes.link} />
        </dd>
        <dt>Taken in</dt>
        <dd>
          {exactWords(alert.at)} (<RelativeTime at={alert.at} />)
        </dd>
        {data.occurred_at !== undefined && (
          <>
            <dt>Happened</dt>
            <dd>{exactWords(data.occurred_at)}, as its sender says</dd>
          </>
        )}
        <Pairs pairs={said} />
      </dl>
      {acknowledged ? <Seen {...acknowledged} /> : canAcknowledge && <AcknowledgeButton ids={[alert.id]} isMain />}
      {details.length > 0 && (
        <section>
          <Title order={4} size="h5" mb="xs">
            Details
          </Title>
          <dl className={classes.facts}>
            <Pairs pairs={details} />
          </dl>
        </section>
      )}
      <Raw json={JSON.stringify(alert, null, 2)} />
    </Stack>
  );
}

function Pairs({ pairs }: { pairs: readonly (readonly [string, unknown])[] }) {
  return pairs.map(([name, value]) => (
    <div key={name} className={classes.pair}>
      <dt>
        <bdi>{name}</bdi>
      </dt>
      <dd>
        <bdi>{valueWords(value)}</bdi>
      </dd>
    </div>
  ));
}

function Raw({ json }: { json: string }) {
  return (
    <details className={classes.raw}>
      <Text component="summary" size="sm" fw={600}>
        Raw JSON
      </Text>
      <div className={classes.json}>
        <Code block>{json}</Code>
        <CopyButton text={json} />
      </div>
    </details>
  );
}
