// Made by `npm run types` from openapi.json and docs/asyncapi.yaml: do not edit.
export namespace Rest {
/**
 * What a screen is shown of a device's status.
 */
export type ShownStatus = "online" | "offline" | "flapping";
/**
 * Why a device is offline.
 */
export type StatusReason = "said" | "last_will" | "silent" | "kicked" | "blocked";
/**
 * What a screen shows of a block.
 */
export type BlockState = "none" | "pending" | "enforced" | "partial" | "failed" | "releasing";
/**
 * What an enforcer says of a block (DESIGN 4.1).
 */
export type ReportState = "enforced" | "released" | "failed" | "not_in_path" | "unavailable";
/**
 * How bad an alert is, rising.
 */
export type Severity = "info" | "low" | "medium" | "high" | "critical";
/**
 * What is kept in the audit; acknowledging an alert is an event of its channel already, and is not.
 */
export type Action =
  | "login"
  | "login_failed"
  | "logout"
  | "token_reused"
  | "token_made"
  | "session_ended"
  | "password_changed"
  | "user_added"
  | "user_changed"
  | "user_removed"
  | "device_added"
  | "device_changed"
  | "device_removed"
  | "device_rotated"
  | "blocked"
  | "unblocked"
  | "key_rotated"
  | "account_repaired"
  | "restored";
/**
 * What a subscriber chooses between.
 */
export type Channel = "alerts" | "devices";
/**
 * What a user may do: each role may also do what the ones before it may.
 */
export type Role = "viewer" | "operator" | "admin";
/**
 * The journalled frames of DESIGN 4.3.
 */
export type EventType = "new_alert" | "alert_acknowledged" | "device_update" | "device_removed";
/**
 * Where whoever signs in first finds the admin's password.
 */
export type FirstPassword = "printed" | "set";

export interface All {
  About: About;
  AccountView: AccountView;
  AcknowledgedView: AcknowledgedView;
  AcknowledgementView: AcknowledgementView;
  Action: Action;
  AlertCounts: AlertCounts;
  AlertData: AlertData;
  AlertIds: AlertIds;
  AlertView: AlertView;
  Alerts: Alerts;
  Alive: Alive;
  Audit: Audit;
  AuditEntry: AuditEntry;
  BlockState: BlockState;
  BlockView: BlockView;
  BlockWish: BlockWish;
  BySeverity: BySeverity;
  Channel: Channel;
  ClientView: ClientView;
  Clients: Clients;
  DeviceChange: DeviceChange;
  DeviceCounts: DeviceCounts;
  DeviceView: DeviceView;
  Devices: Devices;
  EnforcerView: EnforcerView;
  Enforcers: Enforcers;
  Envelope: Envelope;
  EventType: EventType;
  Events: Events;
  Examples: Examples;
  FieldProblem: FieldProblem;
  FirstPassword: FirstPassword;
  GapView: GapView;
  History: History;
  Login: Login;
  Me: Me;
  MeUntil: MeUntil;
  MinuteView: MinuteView;
  MqttView: MqttView;
  NewDevice: NewDevice;
  NewUser: NewUser;
  PackageView: PackageView;
  Problem: Problem;
  Ready: Ready;
  RejectView: RejectView;
  Rejects: Rejects;
  Report: Report;
  ReportState: ReportState;
  Role: Role;
  SessionView: SessionView;
  Sessions: Sessions;
  Severity: Severity;
  ShownStatus: ShownStatus;
  SignedInView: SignedInView;
  Stats: Stats;
  StatusReason: StatusReason;
  Ticket: Ticket;
  UserChange: UserChange;
  UserView: UserView;
  Users: Users;
  Welcome: Welcome;
}
/**
 * What this HomeGuard is.
 */
export interface About {
  version: string;
  python: string;
  database: string;
  /**
   * null where the broker does not tell, or is away.
   */
  broker: string | null;
  /**
   * What publishes by hand, but for topic and message; null for viewers, and at a broker of your own.
   */
  publish_command: string | null;
  /**
   * The first level of every topic.
   */
  topic_prefix: string;
  /**
   * Names the journal.
   */
  epoch: string;
  licences: PackageView[];
}
/**
 * A package that HomeGuard runs on.
 */
export interface PackageView {
  name: string;
  version: string;
  /**
   * As its metadata tell it.
   */
  licence: string | null;
}
/**
 * A device with its fresh credentials.
 */
export interface AccountView {
  device: DeviceView;
  mqtt: MqttView;
  examples: Examples;
}
/**
 * A device as it now is; whatever else it said of itself is there too.
 */
export interface DeviceView {
  id: string;
  name: string | null;
  kind: string | null;
  /**
   * `flapping`: it comes and goes more often than can be shown.
   */
  status: ShownStatus | null;
  /**
   * Why it is offline, where that is known.
   */
  status_reason: StatusReason | null;
  ip: string | null;
  mac: string | null;
  firmware: string | null;
  telemetry: {
    [k: string]: unknown | undefined;
  } | null;
  /**
   * HomeGuard has given it an account at the broker.
   */
  has_account: boolean;
  first_seen_at: string;
  last_seen_at: string;
  block: BlockView;
  [k: string]: unknown | undefined;
}
/**
 * The wished block of a device, and what is really in force.
 */
export interface BlockView {
  desired: boolean;
  state: BlockState;
  reason: string | null;
  by: string | null;
  since: string | null;
  until: string | null;
  command_id: string | null;
  reports: {
    [k: string]: Report | undefined;
  };
}
/**
 * What one enforcer said last of a block.
 */
export interface Report {
  state: ReportState;
  at: string;
  took_ms: number | null;
  detail: string | null;
  command_id: string | null;
  /**
   * What was found undone by somebody else, and repaired.
   */
  drifted: string | null;
}
/**
 * How a device signs in at the broker.
 */
export interface MqttView {
  host: string;
  port: number;
  tls: boolean;
  username: string;
  /**
   * Told this once, and kept by nobody.
   */
  password: string;
  /**
   * The only one that the account works with.
   */
  client_id: string;
}
/**
 * The same as text to paste, for what people have.
 */
export interface Examples {
  mosquitto_pub: string;
  esphome: string;
  tasmota: string;
  zigbee2mqtt: string;
}
/**
 * The alerts that are acknowledged now, newest first, and the ids of those that are not there.
 */
export interface AcknowledgedView {
  items: AlertView[];
  missing: string[];
}
/**
 * An alert, and whether somebody has seen it.
 */
export interface AlertView {
  id: string;
  seq: number;
  at: string;
  data: AlertData;
  acknowledged: AcknowledgementView | null;
}
/**
 * What was alerted; whatever else the publisher said is there too.
 */
export interface AlertData {
  device_id: string;
  severity: Severity;
  reason: string;
  /**
   * Whether the broker has proved the sender.
   */
  verified: boolean;
  [k: string]: unknown | undefined;
}
/**
 * Who has seen an alert, and when.
 */
export interface AcknowledgementView {
  by: string;
  at: string;
}
/**
 * The alerts of the last 24 hours.
 */
export interface AlertCounts {
  total: number;
  unacknowledged: number;
  by_severity: BySeverity;
}
/**
 * How many of each severity.
 */
export interface BySeverity {
  info: number;
  low: number;
  medium: number;
  high: number;
  critical: number;
}
/**
 * The alerts to acknowledge.
 */
export interface AlertIds {
  /**
   * @minItems 1
   * @maxItems 500
   */
  ids: [string, ...string[]];
}
/**
 * A page of alerts, newest first.
 */
export interface Alerts {
  items: AlertView[];
  /**
   * Goes into `before` for the next page.
   */
  next: number | null;
}
/**
 * The process answers.
 */
export interface Alive {
  status?: "ok";
}
/**
 * A page of the audit, newest first.
 */
export interface Audit {
  items: AuditEntry[];
  /**
   * Goes into `before` for the next page.
   */
  next: number | null;
}
/**
 * Somebody did something.
 */
export interface AuditEntry {
  id: number;
  at: string;
  action: Action;
  /**
   * A user; `cli` (a command at the machine), `timer` or `homeguard`; null for who did not sign in.
   */
  by: string | null;
  /**
   * From where; null where it was no request.
   */
  address: string | null;
  /**
   * To what: the id of a device or a session, the name of a user, or the name that was tried.
   */
  target: string | null;
  /**
   * More of it, by action.
   */
  details: {
    [k: string]: unknown | undefined;
  };
}
/**
 * Why and for how long a device is blocked.
 */
export interface BlockWish {
  reason?: string | null;
  /**
   * Absent: without an end.
   */
  minutes?: number | null;
}
/**
 * One WebSocket.
 */
export interface ClientView {
  user: string;
  role: Role;
  channel: Channel;
  /**
   * From where; the proxy's, behind a proxy elsewhere.
   */
  address: string;
  since: string;
  /**
   * What the client says it is (User-Agent), the first 200 characters.
   */
  client: string | null;
}
/**
 * The newest connections, newest first.
 */
export interface Clients {
  items: ClientView[];
  /**
   * How many there are in all.
   */
  total: number;
  next?: null;
}
/**
 * What people call a device, whatever it says itself; null clears it, and its own word counts again.
 */
export interface DeviceChange {
  name?: string | null;
  kind?: string | null;
}
/**
 * The devices as they now are; `blocked` are those whose block is wished.
 */
export interface DeviceCounts {
  known: number;
  online: number;
  blocked: number;
}
/**
 * A page of devices.
 */
export interface Devices {
  items: DeviceView[];
  /**
   * Goes into `after` for the next page.
   */
  next: string | null;
}
/**
 * An enforcer that every block waits for.
 */
export interface EnforcerView {
  name: string;
  kind: string;
  is_online: boolean;
  /**
   * When it came, or went.
   */
  since: string;
}
/**
 * All enforcers that are known, by name; they are few.
 */
export interface Enforcers {
  items: EnforcerView[];
  next?: null;
}
/**
 * An event, as `/ws/alerts` and `/ws/devices` send it.
 */
export interface Envelope {
  type: EventType;
  channel: Channel;
  seq: number;
  /**
   * The `seq` before it on the same channel.
   */
  prev: number;
  id: string;
  at: string;
  data: {
    [k: string]: unknown | undefined;
  };
}
/**
 * A piece of the journal, ascending.
 */
export interface Events {
  items: Envelope[];
  /**
   * Goes into `since` where there may be more at once.
   */
  next: number | null;
  epoch: string;
  /**
   * The newest `seq` of these channels.
   */
  head: number;
  gap: GapView | null;
}
/**
 * Events that cannot be given any more.
 */
export interface GapView {
  from: number;
  to: number;
  reason: "trimmed" | "epoch";
}
/**
 * One wrong field.
 */
export interface FieldProblem {
  field: string;
  message: string;
}
/**
 * What happened to a device, newest first.
 */
export interface History {
  items: Envelope[];
  /**
   * Goes into `before` for the next page.
   */
  next: number | null;
}
/**
 * A name and its password.
 */
export interface Login {
  username: string;
  password: string;
}
/**
 * Who the token is.
 */
export interface Me {
  username: string;
  role: Role;
  /**
   * What they may read.
   */
  channels: Channel[];
}
/**
 * Who the token is, and until when.
 */
export interface MeUntil {
  username: string;
  role: Role;
  /**
   * What they may read.
   */
  channels: Channel[];
  session_id: string;
  expires_at: string;
}
/**
 * What each channel took in within the UTC minute that began `at`; null for one that you may not read.
 */
export interface MinuteView {
  at: string;
  alerts: number | null;
  devices: number | null;
}
/**
 * A device that is to have an account, and what people call it.
 */
export interface NewDevice {
  id: string;
  name?: string | null;
  kind?: string | null;
}
/**
 * Somebody who may sign in from now on.
 */
export interface NewUser {
  username: string;
  password: string;
  /**
   * What a user may do: each role may also do what the ones before it may.
   */
  role?: "viewer" | "operator" | "admin";
  /**
   * What they may read: alerts, devices, or both.
   *
   * @minItems 1
   * @maxItems 2
   */
  channels?: [Channel] | [Channel, Channel];
}
/**
 * Why a request was refused (RFC 9457).
 */
export interface Problem {
  /**
   * Stable: programs compare this one.
   */
  type: string;
  title: string;
  status: number;
  detail: string;
  /**
   * Each wrong field, where fields are known.
   */
  errors?: FieldProblem[] | null;
}
/**
 * Whether an event published now would be stored and shown.
 */
export interface Ready {
  status: "ready" | "not_ready";
  bridge: string;
  broker: string;
  storage: string;
  lag_seconds: number;
  reason: string | null;
}
/**
 * A message that could not be read.
 */
export interface RejectView {
  id: number;
  at: string;
  topic: string;
  reason: string;
  field: string | null;
  /**
   * The first 1,024 bytes as text.
   */
  payload: string;
  payload_bytes: number;
}
/**
 * A page of rejects, newest first.
 */
export interface Rejects {
  items: RejectView[];
  /**
   * Goes into `before` for the next page.
   */
  next: number | null;
}
/**
 * One sign-in that stands.
 */
export interface SessionView {
  id: string;
  username: string;
  created_at: string;
  /**
   * When it was last used; at most a minute behind.
   */
  seen_at: string;
  expires_at: string;
  /**
   * What the client said it is at the sign-in, the first 200 characters.
   */
  client: string;
  /**
   * From where it was last used; null where it was made at the machine and not used yet.
   */
  address: string | null;
  /**
   * It is the one that asks.
   */
  current: boolean;
}
/**
 * A page of sessions, the newest first.
 */
export interface Sessions {
  items: SessionView[];
  /**
   * Goes into `before` for the next page.
   */
  next: string | null;
}
/**
 * A token for the Authorization header; the cookie that came with it gets the next one.
 */
export interface SignedInView {
  access_token: string;
  token_type?: "bearer";
  expires_at: string;
  user: Me;
}
/**
 * The numbers of the overview; null is what is of a channel that you may not read.
 */
export interface Stats {
  at: string;
  alerts_24h: AlertCounts | null;
  devices: DeviceCounts | null;
  /**
   * The last 60, ascending; the last one is still running.
   */
  minutes: MinuteView[];
}
/**
 * What a page puts into a WebSocket's URL as `?ticket=`.
 */
export interface Ticket {
  ticket: string;
  expires_in_seconds: number;
}
/**
 * What changes of a user; whoever is no admin may only set their own password, and gives the present one.
 */
export interface UserChange {
  role?: Role | null;
  channels?: [Channel] | [Channel, Channel] | null;
  password?: string | null;
  current_password?: string | null;
}
/**
 * Somebody who may sign in.
 */
export interface UserView {
  username: string;
  role: Role;
  channels: Channel[];
  created_at: string;
}
/**
 * Every user.
 */
export interface Users {
  items: UserView[];
  next?: null;
}
/**
 * What a page says to somebody who has not signed in.
 */
export interface Welcome {
  /**
   * Nobody has signed in yet.
   */
  first_start: boolean;
  /**
   * Then: whether the start printed the password of `admin`, or `HOMEGUARD_ADMIN_PASSWORD` set it.
   */
  password: FirstPassword | null;
}
}
export namespace Live {
export type Channel = "alerts" | "devices";
/**
 * A place in the journal; rises over both channels and is never reused.
 */
export type Seq = number;
/**
 * RFC 3339, UTC, with milliseconds.
 */
export type Moment = string;
export type Status = "online" | "offline";
/**
 * epoch and seq
 */
export type EventId = string;
export type DeviceId = string;
export type Severity = "info" | "low" | "medium" | "high" | "critical";
/**
 * Names one numbering of a publisher's alerts.
 */
export type Boot = string;
/**
 * The place of an alert in its numbering: 1, 2, 3, …
 */
export type AlertNumber = number;
export type ReportState = "enforced" | "released" | "failed" | "not_in_path" | "unavailable";

export interface All {
  Hello: Hello;
  StatusFrame: StatusFrame;
  NewAlert: NewAlert;
  AlertAcknowledged: AlertAcknowledged;
  DeviceUpdated: DeviceUpdated;
  DeviceRemoved: DeviceRemoved;
  Snapshot: Snapshot;
  Gap: Gap;
  Heartbeat: Heartbeat;
  TokenExpiring: TokenExpiring;
  Pong: Pong;
  Error: Error;
}
export interface Hello {
  type: "hello";
  channel: Channel;
  /**
   * Names the journal.
   */
  epoch: string;
  head: Seq;
  /**
   * Whether what follows continues at `since`.
   */
  resumed: boolean;
  user: string;
  expires_at: Moment;
  heartbeat_seconds: number;
}
export interface StatusFrame {
  type: "status";
  channel: Channel;
  data: {
    bridge: Status;
    broker: Status;
    storage: Status;
    lag_seconds: number;
    /**
     * Why one of them is offline, where that is known.
     */
    reason: string | null;
  };
}
export interface NewAlert {
  type: "new_alert";
  channel: "alerts";
  seq: Seq;
  prev: Seq;
  id: EventId;
  at: Moment;
  data: AlertData;
}
export interface AlertData {
  device_id: DeviceId;
  severity: Severity;
  reason: string;
  /**
   * Whether it came on the device's own topic.
   */
  verified: boolean;
  /**
   * The publisher's own id.
   */
  id?: string;
  category?: string;
  occurred_at?: Moment;
  details?: {
    [k: string]: unknown | undefined;
  };
  boot?: Boot;
  seq?: AlertNumber;
  /**
   * Only where HomeGuard itself speaks, not a publisher.
   */
  raised_by?: "homeguard";
  [k: string]: unknown | undefined;
}
export interface AlertAcknowledged {
  type: "alert_acknowledged";
  channel: "alerts";
  seq: Seq;
  prev: Seq;
  id: EventId;
  at: Moment;
  data: {
    alert_id: EventId;
    by: string;
  };
}
export interface DeviceUpdated {
  type: "device_update";
  channel: "devices";
  seq: Seq;
  prev: Seq;
  id: EventId;
  at: Moment;
  data: Device;
}
export interface Device {
  id: DeviceId;
  name: string | null;
  kind: string | null;
  status: "online" | "offline" | "flapping" | null;
  /**
   * Why it is offline, where that is known.
   */
  status_reason: "said" | "last_will" | "silent" | "kicked" | "blocked" | null;
  ip: string | null;
  mac: string | null;
  firmware: string | null;
  telemetry: {
    [k: string]: unknown | undefined;
  } | null;
  /**
   * HomeGuard has given it an account at the broker.
   */
  has_account: boolean;
  first_seen_at: Moment;
  last_seen_at: Moment;
  block: Block;
  [k: string]: unknown | undefined;
}
export interface Block {
  desired: boolean;
  reason: string | null;
  by: string | null;
  since: Moment | null;
  until: Moment | null;
  command_id: string | null;
  state: "none" | "pending" | "enforced" | "partial" | "failed" | "releasing";
  reports: {
    [k: string]: Report | undefined;
  };
}
export interface Report {
  state: ReportState;
  at: Moment;
  took_ms: number | null;
  detail: string | null;
  command_id: string | null;
  /**
   * What was found undone by somebody else, and repaired.
   */
  drifted: string | null;
}
export interface DeviceRemoved {
  type: "device_removed";
  channel: "devices";
  seq: Seq;
  prev: Seq;
  id: EventId;
  at: Moment;
  data: {
    id: DeviceId;
  };
}
export interface Snapshot {
  type: "snapshot";
  channel: "devices";
  since: Seq;
  seq: Seq;
  data: Device[];
  removed: DeviceId[];
}
export interface Gap {
  type: "gap";
  channel: Channel;
  from: Seq;
  to: Seq;
  reason: "trimmed" | "epoch";
}
export interface Heartbeat {
  type: "heartbeat";
  channel: Channel;
  head: Seq;
  at: Moment;
}
export interface TokenExpiring {
  type: "token_expiring";
  channel: Channel;
  expires_at: Moment;
}
export interface Pong {
  type: "pong";
  channel: Channel;
}
export interface Error {
  type: "error";
  channel: Channel;
  message: string;
}
}
