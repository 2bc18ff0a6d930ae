// What a device measures: each value as it is now, and for numbers a line of how it went.
import { Button, Skeleton, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { RelativeTime } from "../../components/RelativeTime";
import { Sparkline } from "../../components/Sparkline";
import type { Device } from "../../lib/api/types";
import type { DeviceEvent } from "./changes";
import { Section } from "./Section";
import { lineWords, type Reading, readings } from "./series";
import classes from "./Telemetry.module.css";

const SHOWN_AT_FIRST = 24; // a publisher may send thousands of fields

export interface TelemetryProps {
  device: Device;
  events: readonly DeviceEvent[];
  isLoading: boolean;
}

export function Telemetry({ device, events, isLoading }: TelemetryProps) {
  const [showsAll, setShowsAll] = useState(false);
  const all = useMemo(() => readings(device, events), [device, events]);
  const shown = showsAll ? all : all.slice(0, SHOWN_AT_FIRST);
  return (
    <Section title="Telemetry">
      {all.length === 0 ? (
        <Text size="sm" c="dimmed">
          It has told no values.
        </Text>
      ) : (
        <ul className={classes.values}>
          {shown.map((reading) => (
            <Value key={reading.field} reading={reading} isLoading={isLoading} />
          ))}
        </ul>
      )}
      {shown.length < all.length && (
        <Button variant="default" size="compact-sm" mt="sm" onClick={() => setShowsAll(true)}>
          {all.length - shown.length} more
        </Button>
      )}
    </Section>
  );
}

function Value({ reading, isLoading }: { reading: Reading; isLoading: boolean }) {
  const { label, words, points, field } = reading;
  const [first] = points;
  return (
    <li className={classes.value}>
      <Text size="xs" c="dimmed" title={field} className={classes.label}>
        {label}
      </Text>
      <Text fw={600} className={classes.words}>
        {words}
      </Text>
      {first && points.length > 1 && (
        <>
          <Sparkline points={points} label={lineWords(reading)} />
          <Text size="xs" c="dimmed">
            from <RelativeTime at={new Date(first.at).toISOString()} />
          </Text>
        </>
      )}
      {points.length === 1 && isLoading && <Skeleton h={36} />}
    </li>
  );
}
