// One device: what it is, whether it is blocked and by whom, what it measures, what it raised, what became of it.
import { Anchor, Button, Group, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { EmptyState } from "../../components/EmptyState";
import { useMay, useReads } from "../../components/useMay";
import { ask } from "../../lib/api/client";
import type { Device } from "../../lib/api/types";
import { useKey } from "../../lib/keys";
import { useDevicesStore } from "../../stores/devices";
import { AdminMenu } from "./AdminMenu";
import { BlockPanel } from "./BlockPanel";
import { DeviceAlerts } from "./DeviceAlerts";
import classes from "./DevicePage.module.css";
import { Facts, Others } from "./Facts";
import { HistoryList } from "./HistoryList";
import { nameOf } from "./listing";
import { KindMark, StatusMark } from "./Marks";
import { Telemetry } from "./Telemetry";
import { useBlocking } from "./useBlocking";
import { useHistory } from "./useHistory";

const SEEN_MS = 15_000; // a device that says the same again is seen, but makes no event: REST knows when

export default function DevicePage({ id }: { id: string }) {
  const isLoaded = useDevicesStore((state) => state.isLoaded);
  const device = useDevicesStore((state) => (Object.hasOwn(state.byId, id) ? state.byId[id] : undefined));
  return (
    <Stack gap="md">
      <Anchor component={Link} href="/devices" size="sm" className={classes.back}>
        <IconArrowLeft size={16} aria-hidden /> All devices
      </Anchor>
      {device ? <Known device={device} /> : isLoaded ? <Nobody id={id} /> : <Waiting />}
    </Stack>
  );
}

function Known({ device: told }: { device: Device }) {
  const device = useSeen(told);
  const { id } = device;
  const history = useHistory(id, told);
  const isAdmin = useMay("admin");
  const readsAlerts = useReads("alerts");
  const { ask: askToBlock, dialog } = useBlocking();
  useKey("b", "Block or unblock this device", () => askToBlock?.(id), { isOn: askToBlock !== undefined });
  return (
    <>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div className={classes.head}>
          <Title order={2} className={classes.name}>
            {nameOf(device)}
          </Title>
          <Group gap="sm" fz="sm">
            {device.name !== null && (
              <Text span fz="inherit" c="dimmed" ff="monospace">
                {id}
              </Text>
            )}
            <StatusMark status={device.status} why={device} />
            <KindMark kind={device.kind} />
          </Group>
        </div>
        {isAdmin && <AdminMenu device={device} />}
      </Group>
      <BlockPanel device={device} onAsk={askToBlock} />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <Stack gap="md">
          <Telemetry device={told} events={history.events} isLoading={history.isLoading} />
          {readsAlerts && <DeviceAlerts id={id} />}
        </Stack>
        <Stack gap="md">
          <Facts device={device} />
          <Others device={device} />
          <HistoryList history={history} />
        </Stack>
      </SimpleGrid>
      {dialog}
    </>
  );
}

/** The device as the socket told it, last seen when REST says, where that is later. */
function useSeen(told: Device): Device {
  const { data } = useQuery({
    queryKey: ["device-seen", told.id],
    queryFn: ({ signal }) => ask<Device>(`api/devices/${told.id}`, { signal }),
    select: (device) => device.last_seen_at,
    refetchInterval: SEEN_MS,
  });
  return data !== undefined && Date.parse(data) > Date.parse(told.last_seen_at) ? { ...told, last_seen_at: data } : told;
}

function Nobody({ id }: { id: string }) {
  return (
    <>
      <Title order={2}>No such device</Title>
      <EmptyState title={`There is no device ${id}`} text="It was removed, or HomeGuard has not heard of it yet.">
        <Button component={Link} href="/devices" variant="default">
          Show all devices
        </Button>
      </EmptyState>
    </>
  );
}

function Waiting() {
  return (
    <Stack component="output" aria-label="Loading the device">
      <Skeleton h={40} w="60%" />
      <Skeleton h={120} />
      <Skeleton h={240} />
    </Stack>
  );
}
