// Whether everything works now, and how fresh this page is.
import { Group, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconHelpCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useAbout } from "../../lib/api/about";
import { ask } from "../../lib/api/client";
import type { Rest } from "../../lib/api/types";
import { pageMode, useLiveStore } from "../../stores/live";
import { Freshness } from "./Freshness";
import { Failed, Waiting } from "./States";

const REFRESH_MS = 5_000;
const SLOW_SECONDS = 5; // a burst is behind for a second or two; this is more than a burst

/** What a `status` frame and `readyz` both tell. */
type Parts = Omit<Rest.Ready, "status">;

export function Health() {
  const told = useLiveStore((state) => (pageMode(state) === "live" ? state.health : null));
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["readyz"],
    queryFn: ({ signal }) => ask<Rest.Ready>("readyz", { signal, alsoFrom: [503] }),
    refetchInterval: REFRESH_MS,
    retry: false, // the next refresh is one
  });
  const asked = error === null ? data : undefined; // what it said before it fell silent may no longer hold
  const parts = told ?? asked;
  return (
    <Stack>
      {error !== null && (
        <Failed title="HomeGuard cannot be asked" error={error} isBusy={isFetching} onRetry={() => void refetch()} />
      )}
      {parts ? <Works parts={parts} /> : error === null && <Waiting label="Asking how everything is" />}
      <Freshness />
    </Stack>
  );
}

function Works({ parts }: { parts: Parts }) {
  const about = useAbout();
  const works = [parts.bridge, parts.broker, parts.storage].every((part) => part === "online");
  return (
    <>
      <Paper withBorder p="md" aria-live="polite">
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <Mark isGood={works} size={28} />
          <div>
            <Title order={3} size="h4">
              {works ? "Everything works" : "Not everything works"}
            </Title>
            <Text size="sm">
              {works
                ? "An event that is published now is stored, and shown at once."
                : "An event that is published now may come late."}
              {parts.reason !== null && ` The reason: ${parts.reason}.`}
            </Text>
          </div>
        </Group>
      </Paper>
      <SimpleGrid component="dl" m={0} cols={{ base: 2, md: 3 }} spacing="sm">
        <Part name="Bridge" isGood={parts.bridge === "online"} about="Takes events from the broker">
          {parts.bridge === "online" ? "Connected" : "Not connected"}
        </Part>
        <Part name="Broker" isGood={parts.broker === "online"} about={about.data?.broker ?? "Takes what devices publish"}>
          {parts.broker === "online" ? "Answers" : "Does not answer"}
        </Part>
        <Part name="Database" isGood={parts.storage === "online"} about={about.data?.database ?? "Keeps every event"}>
          {parts.storage === "online" ? "Takes events" : "Is away"}
        </Part>
        <Part name="Lag" isGood={parts.lag_seconds < SLOW_SECONDS} about="How far HomeGuard is behind the broker">
          {parts.lag_seconds === 0 ? "None" : `${parts.lag_seconds} s`}
        </Part>
        <Part name="Server" isGood={about.data ? true : null} about="The version that answers">
          {about.data ? `HomeGuard ${about.data.version}` : "Not known yet"}
        </Part>
      </SimpleGrid>
    </>
  );
}

function Part({ name, isGood, about, children }: { name: string; isGood: boolean | null; about: string; children: ReactNode }) {
  return (
    <Paper withBorder p="sm">
      <Group component="dt" justify="space-between" wrap="nowrap" fz="sm" c="dimmed">
        {name}
        <Mark isGood={isGood} size={20} />
      </Group>
      <Text component="dd" m={0} fw={600}>
        {children}
      </Text>
      <Text component="dd" m={0} size="xs" c="dimmed">
        {about}
      </Text>
    </Paper>
  );
}

/** The words beside it say the same: it is only for the eye. */
function Mark({ isGood, size }: { isGood: boolean | null; size: number }) {
  const Icon = isGood === null ? IconHelpCircle : isGood ? IconCircleCheck : IconAlertTriangle;
  const color = isGood === null ? "dimmed" : isGood ? "teal-7" : "red-7";
  return <Icon size={size} color={`var(--mantine-color-${color})`} style={{ flex: "none" }} aria-hidden />;
}
