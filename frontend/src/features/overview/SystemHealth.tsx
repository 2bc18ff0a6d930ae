// Whether all parts of HomeGuard work, in plain words.
import { Anchor, Group, Paper, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed } from "@tabler/icons-react";
import { Link } from "wouter";
import type { Health } from "../../lib/api/types";
import { spanWords } from "../../lib/time";
import { pageMode, useLiveStore } from "../../stores/live";
import classes from "./SystemHealth.module.css";

const SLOW_SECONDS = 5; // behind by less is a busy moment

interface Part {
  name: string;
  state: "good" | "bad" | "unknown";
  words: string;
}

export function SystemHealth() {
  const health = useLiveStore((state) => state.health);
  const isLive = useLiveStore((state) => pageMode(state) === "live");
  return (
    <Paper withBorder component="section" aria-labelledby="health">
      <Group justify="space-between" gap="xs" px="md" py="sm">
        <Title order={3} size="h5" id="health">
          System
        </Title>
        <Anchor component={Link} href="/system" size="sm">
          Details
        </Anchor>
      </Group>
      <ul className={classes.list}>
        {partsOf(health).map(({ name, state, words }) => (
          <li key={name} className={classes.part}>
            <Mark state={state} />
            <span>{name}</span>
            <Text component="span" size="sm" className={state === "bad" ? classes.bad : classes.words}>
              {words}
            </Text>
          </li>
        ))}
      </ul>
      {health && !isLive && (
        <Text size="xs" c="dimmed" px="md" pb="sm">
          As it was when HomeGuard was last heard.
        </Text>
      )}
    </Paper>
  );
}

function Mark({ state }: { state: Part["state"] }) {
  if (state === "good") return <IconCircleCheck size={18} className={classes.good} aria-hidden />;
  if (state === "bad") return <IconAlertTriangle size={18} className={classes.bad} aria-hidden />;
  return <IconCircleDashed size={18} className={classes.words} aria-hidden />;
}

const part = (name: string, status: Health["bridge"], good: string): Part =>
  status === "online" ? { name, state: "good", words: good } : { name, state: "bad", words: "away" };

function partsOf(health: Health | null): Part[] {
  if (!health) return ["Bridge", "Broker", "Database", "Lag"].map((name) => ({ name, state: "unknown", words: "not known yet" }));
  return [
    part("Bridge", health.bridge, "takes in events"),
    part("Broker", health.broker, "connected"),
    part("Database", health.storage, "stores events"),
    { name: "Lag", state: health.lag_seconds < SLOW_SECONDS ? "good" : "bad", words: lagWords(health.lag_seconds) },
  ];
}

const lagWords = (seconds: number) => (seconds < 1 ? "under a second" : `${spanWords(seconds * 1_000)} behind`);
