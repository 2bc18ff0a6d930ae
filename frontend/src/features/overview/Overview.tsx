// The home at a glance: numbers that lead to their pages, the last hour, the newest alerts, and whether all works.
import { Alert, Button, Group, SimpleGrid, Stack, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useReads } from "../../components/useMay";
import { EventsCard } from "./EventsCard";
import { NewestAlerts } from "./NewestAlerts";
import classes from "./Overview.module.css";
import { useStats } from "./stats";
import { SystemHealth } from "./SystemHealth";
import { AlertsTile, BlockedTile, EventsTile, OnlineTile } from "./Tiles";
import { useIsEmpty, Welcome } from "./Welcome";

export default function Overview() {
  const isEmpty = useIsEmpty();
  const readsAlerts = useReads("alerts");
  const readsDevices = useReads("devices");
  return (
    <Stack gap="md">
      <Title order={2}>Overview</Title>
      <Trouble />
      <SimpleGrid cols={{ base: 2, md: 1 + (readsAlerts ? 1 : 0) + (readsDevices ? 2 : 0) }} spacing={{ base: "xs", sm: "md" }}>
        {readsDevices && <OnlineTile />}
        {readsDevices && <BlockedTile />}
        {readsAlerts && <AlertsTile />}
        <EventsTile />
      </SimpleGrid>
      <div className={classes.columns}>
        <Stack gap="md" miw={0}>
          {isEmpty ? <Welcome /> : readsAlerts && <NewestAlerts />}
          <EventsCard />
        </Stack>
        <SystemHealth />
      </div>
    </Stack>
  );
}

function Trouble() {
  const { error, isFetching, refetch } = useStats();
  if (!error) return null;
  return (
    <Alert color="orange" icon={<IconAlertTriangle aria-hidden />} title="The counts are not up to date">
      <Group justify="space-between" gap="xs">
        {error.message}
        <Button size="xs" variant="default" loading={isFetching} onClick={() => void refetch()}>
          Try again
        </Button>
      </Group>
    </Alert>
  );
}
