// Which devices the list shows, and in which order; and how both stand in the address.
import type { Block, Device } from "../../lib/api/types";

export const SHOWN = ["all", "online", "offline", "blocked"] as const;
export type Shown = (typeof SHOWN)[number];

export const COLUMNS = ["name", "status", "last_seen", "block"] as const;
export type Column = (typeof COLUMNS)[number];

export interface Listing {
  q: string;
  status: Shown;
  /** Empty: any. */
  kind: string;
  sort: Column;
  isDescending: boolean;
}

const isOneOf = <T extends string>(known: readonly T[], value: string | null): value is T =>
  known.some((one) => one === value);

/** Read `q=cam&status=online&sort=-last_seen`; what cannot be read is as if it were not there. */
export function readListing(search: string): Listing {
  const params = new URLSearchParams(search);
  const status = params.get("status");
  const sort = params.get("sort") ?? "";
  const column = sort.replace(/^-/, "");
  const isColumn = isOneOf(COLUMNS, column);
  return {
    q: params.get("q") ?? "",
    status: isOneOf(SHOWN, status) ? status : "all",
    kind: params.get("kind") ?? "",
    sort: isColumn ? column : "name",
    isDescending: isColumn && sort.startsWith("-"),
  };
}

/** Write the route of a list; what is usual is left out. */
export function listingRoute({ q, status, kind, sort, isDescending }: Listing): string {
  const params = new URLSearchParams();
  if (q !== "") params.set("q", q);
  if (status !== "all") params.set("status", status);
  if (kind !== "") params.set("kind", kind);
  if (sort !== "name" || isDescending) params.set("sort", `${isDescending ? "-" : ""}${sort}`);
  const search = params.toString();
  return search === "" ? "/devices" : `/devices?${search}`;
}

export const isFiltered = ({ q, status, kind }: Listing) => q.trim() !== "" || status !== "all" || kind !== "";

/** Say whether anything of a block is wished or still in force. */
export const isBlocked = (device: Device) => device.block.state !== "none";

/** Choose and sort. Each word of `q` must stand in the name, id, kind, address or MAC. */
export function listed(devices: readonly Device[], listing: Listing): Device[] {
  const words = listing.q.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = devices.filter(
    (device) =>
      hasStatus(device, listing.status) &&
      (listing.kind === "" || device.kind === listing.kind) &&
      words.every((word) => spoken(device).includes(word)),
  );
  const order = ORDERS[listing.sort];
  const sign = listing.isDescending ? -1 : 1;
  return shown.toSorted((one, other) => sign * order(one, other) || byName(one, other));
}

/** Every kind there is, in order. */
export function kindsOf(devices: readonly Device[]): string[] {
  const kinds = new Set(devices.map((device) => device.kind ?? ""));
  kinds.delete("");
  return [...kinds].toSorted(collator.compare);
}

export const nameOf = (device: Pick<Device, "id" | "name">) => device.name ?? device.id;

const hasStatus = (device: Device, status: Shown) =>
  status === "all" || (status === "blocked" ? isBlocked(device) : device.status === status);

const spoken = ({ id, name, kind, ip, mac }: Device) => [name, id, kind, ip, mac].join(" ").toLowerCase();

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
const ATTENTION: Record<Block["state"], number> = { failed: 0, partial: 1, pending: 2, releasing: 3, enforced: 4, none: 5 };
const PRESENCE = { online: 0, flapping: 1, offline: 2 } as const;

const byName = (one: Device, other: Device) => collator.compare(nameOf(one), nameOf(other)) || collator.compare(one.id, other.id);
const presence = ({ status }: Device) => (status === null ? 3 : PRESENCE[status]);

const ORDERS: Record<Column, (one: Device, other: Device) => number> = {
  name: byName,
  status: (one, other) => presence(one) - presence(other),
  last_seen: (one, other) => Date.parse(one.last_seen_at) - Date.parse(other.last_seen_at),
  block: (one, other) => ATTENTION[one.block.state] - ATTENTION[other.block.state], // what needs somebody comes first
};
