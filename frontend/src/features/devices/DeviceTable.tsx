// Devices as a table, for wide screens: sorted by its heads, each row leading to its device.
import { Table, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import { memo } from "react";
import { Link } from "wouter";
import { RelativeTime } from "../../components/RelativeTime";
import type { Device } from "../../lib/api/types";
import { Address, BlockButton, BlockCell } from "./BlockCell";
import classes from "./DeviceTable.module.css";
import { follow } from "./follow";
import { type Column, type Listing, nameOf } from "./listing";
import { KindMark, StatusMark } from "./Marks";
import { useWindowRows } from "./useWindowRows";

const ROW_HEIGHT = 57; // most rows have two lines

const HEADS: readonly { label: string; column?: Column }[] = [
  { label: "Device", column: "name" },
  { label: "Kind" },
  { label: "Status", column: "status" },
  { label: "Address" },
  { label: "Last seen", column: "last_seen" },
  { label: "Block", column: "block" },
];

export interface DeviceTableProps {
  devices: readonly Device[];
  listing: Listing;
  onSort: (column: Column) => void;
  /** Absent where the user may not block. */
  onAsk: ((id: string) => void) | undefined;
}

export function DeviceTable({ devices, listing, onSort, onAsk }: DeviceTableProps) {
  const { isVirtual, indexes, before, after, list, measure } = useWindowRows(devices.length, ROW_HEIGHT);
  return (
    <Table
      className={classes.table}
      highlightOnHover
      stickyHeader
      stickyHeaderOffset="3.5rem"
      verticalSpacing={6}
      layout="fixed"
      aria-label="Devices"
      aria-rowcount={isVirtual ? devices.length + 1 : undefined}
    >
      <Table.Thead>
        <Table.Tr>
          {HEADS.map(({ label, column }) => (
            <Table.Th key={label} className={classes[label.replace(" ", "")]} aria-sort={column && sorting(listing, column)}>
              {column ? <SortButton label={label} column={column} listing={listing} onSort={onSort} /> : label}
            </Table.Th>
          ))}
          {onAsk && (
            <Table.Th className={classes.Action}>
              <span className={classes.hidden}>Action</span>
            </Table.Th>
          )}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody ref={list}>
        {before > 0 && <Spacer height={before} />}
        {indexes.map((index) => {
          const device = devices[index];
          return device && <Row key={device.id} device={device} index={index} isCounted={isVirtual} measure={measure} onAsk={onAsk} />;
        })}
        {after > 0 && <Spacer height={after} />}
      </Table.Tbody>
    </Table>
  );
}

const Spacer = ({ height }: { height: number }) => <tr aria-hidden style={{ height }} />;

const sorting = ({ sort, isDescending }: Listing, column: Column) =>
  sort === column ? (isDescending ? "descending" : "ascending") : "none";

interface SortButtonProps {
  label: string;
  column: Column;
  listing: Listing;
  onSort: (column: Column) => void;
}

function SortButton({ label, column, listing, onSort }: SortButtonProps) {
  const Icon = { ascending: IconArrowUp, descending: IconArrowDown, none: IconArrowsSort }[sorting(listing, column)];
  return (
    <UnstyledButton className={classes.sort} onClick={() => onSort(column)}>
      {label}
      <Icon size={14} aria-hidden opacity={listing.sort === column ? 1 : 0.5} />
    </UnstyledButton>
  );
}

interface RowProps {
  device: Device;
  index: number;
  isCounted: boolean;
  measure: ((node: HTMLElement | null) => void) | undefined;
  onAsk: ((id: string) => void) | undefined;
}

const Row = memo(function Row({ device, index, isCounted, measure, onAsk }: RowProps) {
  const { id, name, kind, status, ip, mac, has_account, last_seen_at } = device;
  return (
    <Table.Tr
      ref={measure}
      data-index={index}
      data-device={id}
      aria-rowindex={isCounted ? index + 2 : undefined}
      className={classes.row}
      onClick={(event) => follow(event, id)}
    >
      <Table.Td>
        <Link href={`/devices/${id}`} className={classes.name}>
          {nameOf(device)}
        </Link>
        {(name !== null || has_account) && (
          <Text size="xs" c="dimmed" truncate>
            {name !== null && <Text span inherit ff="monospace">{id}</Text>}
            {name !== null && has_account && " · "}
            {has_account && "own account"}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <KindMark kind={kind} />
      </Table.Td>
      <Table.Td>
        <StatusMark status={status} />
      </Table.Td>
      <Table.Td>
        <Address ip={ip} mac={mac} />
      </Table.Td>
      <Table.Td>
        <RelativeTime at={last_seen_at} />
      </Table.Td>
      <Table.Td>
        <BlockCell block={device.block} />
      </Table.Td>
      {onAsk && (
        <Table.Td ta="end">
          <BlockButton device={device} onAsk={onAsk} />
        </Table.Td>
      )}
    </Table.Tr>
  );
});
