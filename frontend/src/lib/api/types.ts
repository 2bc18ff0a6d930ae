// The shapes of REST and of the WebSocket, by the names this page uses for them.
import type { Live, Rest } from "./types.gen";

export type { Live, Rest };

export type Channel = Rest.Channel;
export type Role = Rest.Role;
export type Severity = Rest.Severity;
export type Device = Live.Device;
export type Block = Live.Block;
export type Alert = Omit<Rest.AlertView, "data"> & { data: Live.AlertData };
export type Acknowledgement = Rest.AcknowledgementView;
export type Health = Live.StatusFrame["data"];

/** What is journalled, with `seq` and `prev`; polling gives the same. */
export type Envelope = Live.NewAlert | Live.AlertAcknowledged | Live.DeviceUpdated | Live.DeviceRemoved;
export type Frame = Live.All[keyof Live.All];

export const SEVERITIES: readonly Severity[] = ["info", "low", "medium", "high", "critical"];

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** Say whether a role may do what another may. */
export const includes = (role: Role, wanted: Role) => RANK[role] >= RANK[wanted];
