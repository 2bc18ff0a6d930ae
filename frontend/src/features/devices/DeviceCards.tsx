// Devices as cards, for phones.
import { Group, Paper, Text } from "@mantine/core";
import { memo } from "react";
import { Link } from "wouter";
import { RelativeTime } from "../../components/RelativeTime";
import type { Device } from "../../lib/api/types";
import { BlockButton, BlockCell } from "./BlockCell";
import classes from "./DeviceCards.module.css";
import type { DeviceTableProps } from "./DeviceTable";
import { follow } from "./follow";
import { nameOf } from "./listing";
import { KindMark, StatusMark } from "./Marks";
import { useWindowRows } from "./useWindowRows";

const CARD_HEIGHT = 130;

export function DeviceCards({ devices, onAsk }: Pick<DeviceTableProps, "devices" | "onAsk">) {
  const { indexes, before, after, list, measure } = useWindowRows(devices.length, CARD_HEIGHT);
  return (
    <ul ref={list} className={classes.list} aria-label="Devices" style={{ paddingBlock: `${before}px ${after}px` }}>
      {indexes.map((index) => {
        const device = devices[index];
        return (
          device && (
            <li
              key={device.id}
              ref={measure}
              data-index={index}
              data-device={device.id}
              className={classes.item}
              aria-setsize={devices.length}
              aria-posinset={index + 1}
            >
              <Card device={device} onAsk={onAsk} />
            </li>
          )
        );
      })}
    </ul>
  );
}

const Card = memo(function Card({ device, onAsk }: { device: Device; onAsk: DeviceTableProps["onAsk"] }) {
  const { id, name, kind, status, ip, has_account, last_seen_at } = device;
  return (
    <Paper withBorder p="sm" className={classes.card} onClick={(event) => follow(event, id)}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Link href={`/devices/${id}`} className={classes.name}>
          {nameOf(device)}
        </Link>
        <StatusMark status={status} />
      </Group>
      <Group gap="xs" fz="xs" c="dimmed" mb={6}>
        {name !== null && (
          <Text fz="inherit" ff="monospace">
            {id}
          </Text>
        )}
        {ip !== null && (
          <Text fz="inherit" ff="monospace">
            {ip}
          </Text>
        )}
        {has_account && <span>own account</span>}
        <RelativeTime at={last_seen_at} />
      </Group>
      <Group justify="space-between" wrap="nowrap" gap="xs" align="center">
        <div className={classes.marks}>
          <KindMark kind={kind} />
        </div>
        <div className={classes.block}>
          <BlockCell block={device.block} />
        </div>
        {onAsk && <BlockButton device={device} onAsk={onAsk} />}
      </Group>
    </Paper>
  );
});
