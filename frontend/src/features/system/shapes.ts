// What the server tells of its connections and of itself.
import type { Channel, Role } from "../../lib/api/types";

export interface Connection {
  user: string;
  role: Role;
  channel: Channel;
  address: string;
  since: string;
  client: string | null;
}

export interface Connections {
  items: Connection[];
  total: number;
  next: null;
}

export interface About {
  version: string;
  python: string;
  database: string;
  broker: string | null;
  epoch: string;
  licences: { name: string; version: string; licence: string }[];
}
