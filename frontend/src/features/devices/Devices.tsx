// Every device: searched, filtered, sorted, all of it in the address, so that it can be kept and sent.
import { Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type KeyboardEvent, useDeferredValue, useMemo } from "react";
import { useSearch } from "wouter";
import { AddButton } from "../../components/AddButton";
import { EmptyState } from "../../components/EmptyState";
import { PublishState } from "../../components/PublishState";
import { useMay } from "../../components/useMay";
import type { Device } from "../../lib/api/types";
import { navigate } from "../../lib/hash";
import { useKey } from "../../lib/keys";
import { useDevicesStore } from "../../stores/devices";
import { DeviceCards } from "./DeviceCards";
import { DeviceTable } from "./DeviceTable";
import { Filters } from "./Filters";
import { isFiltered, kindsOf, type Listing, listed, listingRoute, readListing } from "./listing";
import { useBlocking } from "./useBlocking";

const PHONE = "(max-width: 62em)"; // narrower than this a table of seven columns is a squeeze

const importAddDevice = () => import("./AddDevice");

const goTo = (listing: Listing) => navigate(listingRoute(listing), { replace: true });

export default function Devices() {
  const isLoaded = useDevicesStore((state) => state.isLoaded);
  const byId = useDevicesStore((state) => state.byId);
  const devices = useMemo(() => Object.values(byId), [byId]);
  const isAdmin = useMay("admin");
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2}>Devices</Title>
        {isAdmin && <AddButton label="Add device" dialog={importAddDevice} />}
      </Group>
      {!isLoaded ? <Waiting /> : devices.length === 0 ? <NoneYet /> : <List devices={devices} />}
    </Stack>
  );
}

function List({ devices }: { devices: readonly Device[] }) {
  const search = useSearch();
  const listing = useMemo(() => readListing(search), [search]);
  const isPhone = useMediaQuery(PHONE, false, { getInitialValueInEffect: false });
  const { ask, dialog } = useBlocking();
  const chosen = useDeferredValue(listing); // typing goes before drawing
  const shown = useMemo(() => listed(devices, chosen), [devices, chosen]);
  const kinds = useMemo(() => kindsOf(devices), [devices]);

  useKey("b", "Block or unblock the device in focus", () => blockFocused(ask), { isOn: ask !== undefined });

  return (
    <>
      <Filters listing={listing} kinds={kinds} isPhone={isPhone} onChange={(change) => goTo({ ...listing, ...change })} />
      <Text component="output" size="sm" c="dimmed">
        {shown.length === devices.length ? count(devices.length) : `${shown.length} of ${count(devices.length)}`}
      </Text>
      <div onKeyDown={walk} role="presentation">
        {shown.length === 0 ? (
          <NoneLikeThis listing={listing} />
        ) : isPhone ? (
          <DeviceCards devices={shown} onAsk={ask} />
        ) : (
          <DeviceTable
            devices={shown}
            listing={listing}
            onSort={(sort) => goTo({ ...listing, sort, isDescending: listing.sort === sort && !listing.isDescending })}
            onAsk={ask}
          />
        )}
      </div>
      {dialog}
    </>
  );
}

const count = (number: number) => (number === 1 ? "1 device" : `${number} devices`);

function NoneLikeThis({ listing }: { listing: Listing }) {
  return (
    <EmptyState title="No device like this" text="None of the devices matches the search and the filters.">
      {isFiltered(listing) && (
        <Button variant="default" onClick={() => goTo({ ...listing, q: "", status: "all", kind: "" })}>
          Clear the filters
        </Button>
      )}
    </EmptyState>
  );
}

function NoneYet() {
  return (
    <PublishState
      title="No devices yet"
      text="A device is here from the moment it says its first word. To add one by hand, speak for it."
      topic="devices"
      payload='{"id":"door-1","name":"Front door","kind":"lock","status":"online"}'
    />
  );
}

function Waiting() {
  return (
    <Stack component="output" gap="xs" aria-label="Loading the devices">
      {["1", "2", "3", "4"].map((key) => (
        <Skeleton key={key} h={48} />
      ))}
    </Stack>
  );
}

/** The device whose row has the focus; false where none has. */
function blockFocused(ask: ((id: string) => void) | undefined) {
  const id = rowOf(document.activeElement)?.dataset.device;
  if (id === undefined) return false;
  return ask?.(id);
}

const rowOf = (element: Element | null) => element?.closest<HTMLElement>("[data-device]") ?? null;

/** The arrows walk from row to row. */
function walk(event: KeyboardEvent) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const row = rowOf(document.activeElement);
  const next = event.key === "ArrowDown" ? row?.nextElementSibling : row?.previousElementSibling;
  const link = next?.querySelector<HTMLElement>("a");
  if (!link) return;
  event.preventDefault();
  link.focus();
}
