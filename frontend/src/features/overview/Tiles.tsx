// The numbers of the home, each a way to the page that shows what was counted.
import { Paper, Skeleton, Text, VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { useTimed } from "../../lib/time";
import { sampled } from "../../lib/sampled";
import { useDevicesStore } from "../../stores/devices";
import { pulse } from "../../stores/pulse";
import { alertsNow, type Home, homeOf, minutesNow, rateOf, serverNow } from "./moved";
import { useStats } from "./stats";
import classes from "./Tiles.module.css";

const EVERY_MS = 250; // a home of thousands is counted that often while it chatters

export function OnlineTile() {
  const home = useHome();
  return (
    <Tile label="Devices online" href="/devices?status=online" note={home && `of ${words(home.known)} known`}>
      {home && words(home.online)}
    </Tile>
  );
}

export function BlockedTile() {
  const home = useHome();
  return (
    <Tile label="Blocked" href="/devices?status=blocked" note={home && `of ${words(home.known)} known`}>
      {home && words(home.blocked)}
    </Tile>
  );
}

export function AlertsTile() {
  const { data } = useStats();
  const total = useTimed(() => (data ? alertsNow(data, pulse).total : -1));
  const waiting = useTimed(() => (data ? alertsNow(data, pulse).unacknowledged : -1));
  return (
    <Tile
      label="Alerts in 24 h"
      href={waiting > 0 ? "/alerts?state=open" : "/alerts"}
      note={data && (waiting > 0 ? `${words(waiting)} not acknowledged` : total > 0 ? "all acknowledged" : "none to look at")}
    >
      {data && words(total)}
    </Tile>
  );
}

export function EventsTile() {
  const { data, dataUpdatedAt } = useStats();
  const rate = useTimed((now) => {
    if (!data) return -1;
    const there = serverNow(data, dataUpdatedAt, now);
    return rateOf(minutesNow(data, pulse, there), there);
  });
  return (
    <Tile label="Events a minute" note={data && "last 60 seconds"}>
      {data && words(rate)}
    </Tile>
  );
}

const isSameHome = (one: Home | undefined, other: Home | undefined) =>
  one?.known === other?.known && one?.online === other?.online && one?.blocked === other?.blocked;

const useToldHome = sampled(
  useDevicesStore,
  ({ isLoaded, byId }) => (isLoaded ? homeOf(Object.values(byId)) : undefined),
  EVERY_MS,
  isSameHome,
);

/** The devices as the socket tells them, and as the server counted them until it does. */
function useHome(): Home | undefined {
  const told = useToldHome();
  const { data } = useStats();
  return told ?? data?.devices ?? undefined;
}

const words = (count: number) => count.toLocaleString();

interface TileProps {
  label: string;
  href?: string;
  note: ReactNode;
  /** The number; nothing while it is not known. */
  children: ReactNode;
}

function Tile({ label, href, note, children }: TileProps) {
  const content = (
    <>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      {children === undefined ? (
        <>
          <Skeleton className={classes.unknown} />
          <VisuallyHidden>not known yet</VisuallyHidden>
        </>
      ) : (
        <>
          <Text className={classes.number}>{children}</Text>
          <Text size="xs" c="dimmed">
            {note}
          </Text>
        </>
      )}
    </>
  );
  if (href === undefined) {
    return (
      <Paper withBorder className={classes.tile}>
        {content}
      </Paper>
    );
  }
  return (
    <Paper withBorder className={`${classes.tile} ${classes.link}`} component={Link} href={href}>
      {content}
    </Paper>
  );
}
