// The pages one can go to, and what a page is called.
import { IconBell, IconDevices, IconHome, IconSettings } from "@tabler/icons-react";
import type { Channel } from "../lib/api/types";

export const PLACES = [
  { path: "/", label: "Overview", key: "g o", Icon: IconHome, channel: null },
  { path: "/devices", label: "Devices", key: "g d", Icon: IconDevices, channel: "devices" },
  { path: "/alerts", label: "Alerts", key: "g a", Icon: IconBell, channel: "alerts" },
  { path: "/system", label: "System", key: "g s", Icon: IconSettings, channel: null },
] as const;

/** The places of who reads these channels. */
export const placesOf = (channels: readonly Channel[]) =>
  PLACES.filter(({ channel }) => channel === null || channels.includes(channel));

/** Say whether a page is at a place, or below it. */
export const isAt = (path: string, location: string) => location === path || (path !== "/" && location.startsWith(`${path}/`));

/** Name the page of a location: a device's page by the device. */
export function pageName(location: string, deviceName: (id: string) => string | null | undefined): string {
  const id = /^\/devices\/(.+)$/.exec(location)?.[1];
  if (id !== undefined) return deviceName(id) ?? id;
  return PLACES.find(({ path }) => isAt(path, location))?.label ?? PLACES[0].label;
}
