// What the server tells of itself.
export interface About {
  version: string;
  python: string;
  database: string;
  broker: string | null;
  epoch: string;
  licences: { name: string; version: string; licence: string }[];
}
