// What is known of a device beside its telemetry: the usual, and whatever else it said of itself.
import { Code, Text } from "@mantine/core";
import { Fragment, type ReactNode } from "react";
import { RelativeTime } from "../../components/RelativeTime";
import type { Device } from "../../lib/api/types";
import classes from "./Facts.module.css";
import { Section } from "./Section";
import { labelOf, otherFields, valueWords } from "./values";

const MAX_OTHERS = 50; // a publisher may send thousands of fields

export function Facts({ device }: { device: Device }) {
  const { ip, mac, firmware, has_account, first_seen_at, last_seen_at } = device;
  return (
    <Section title="About">
      <List
        facts={[
          ["Address", ip === null ? <Unknown key="ip" /> : <Code key="ip">{ip}</Code>],
          ["MAC", mac === null ? <Unknown key="mac" /> : <Code key="mac">{mac}</Code>],
          ["Firmware", firmware ?? <Unknown key="firmware" />],
          ["Account", has_account ? "its own, at the broker" : "none of its own"],
          ["Last seen", <RelativeTime key="last" at={last_seen_at} />],
          ["First seen", <RelativeTime key="first" at={first_seen_at} />],
        ]}
      />
    </Section>
  );
}

/** Whatever else a device said of itself. */
export function Others({ device }: { device: Device }) {
  const others = otherFields(device);
  if (others.length === 0) return null;
  return (
    <Section title="Other">
      <List facts={others.slice(0, MAX_OTHERS).map(([field, value]) => [labelOf(field).label, valueWords(value, labelOf(field).unit)])} />
      {others.length > MAX_OTHERS && (
        <Text size="sm" c="dimmed" mt="xs">
          and {others.length - MAX_OTHERS} more
        </Text>
      )}
    </Section>
  );
}

const Unknown = () => (
  <Text span inherit c="dimmed">
    unknown
  </Text>
);

function List({ facts }: { facts: [label: string, value: ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(([label, value]) => (
        <Fragment key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
