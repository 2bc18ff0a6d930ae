// The first page: sign in, watch alerts and devices, block. The access token lives in this module's memory alone;
// what publishers said is hostile input and is written by textContent alone.

const MAX_ALERTS = 100; // more is history, which REST has
const TAIL = 20; // alerts shown at once after signing in
const REQUEST_MS = 15_000;
const MAX_DELAY_MS = 15_000; // between attempts, which never end
const STEADY_MS = 10_000; // a connection that lived this long ends the back-off
const SILENT_BEATS = 2.5; // heartbeats that fail to come before a connection counts as dead
const RENEW_MS = 20_000; // within which a token is renewed after the warning, so that not all screens ask at once
const ANNOUNCE_MS = 1_000; // a screen reader hears of a storm once, not alert by alert

const $ = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit", second: "2-digit" });

let session = null; // the answer of login or refresh
let refreshing = null; // one refresh at a time
let watching = null; // aborted on signing out
let unannounced = []; // alerts that a screen reader has not been told of
const sleepers = new Set(); // what ends each pause early
const rows = new Map(); // device id -> { row, label, block, asking }
const channels = ["alerts", "devices"].map((name) => ({ name, cursor: null, state: "waiting" }));

// --- Requests and the session -----------------------------------------------------------------------------------

async function post(path, { body, token, ...more } = {}) {
  const headers = new Headers(token && { Authorization: `Bearer ${token}` });
  if (body) headers.set("Content-Type", "application/json");
  const options = { method: "POST", headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(REQUEST_MS), ...more };
  const response = await fetch(new URL(path, document.baseURI), options).catch(() => { throw new Error("HomeGuard does not answer"); });
  const answer = await response.json().catch(() => null); // a sign-out's is empty, a proxy's error page no JSON
  if (response.ok) return answer;
  throw Object.assign(new Error(answer?.detail ?? `HTTP ${response.status}`), { status: response.status });
}

// A refresh token is good once and all tabs share its cookie; `keepalive` keeps the next one when a page is reloaded
// meanwhile. Browsers have no locks on plain http from afar.
const alone = (work) => (navigator.locks ? navigator.locks.request("homeguard-session", work) : work());

function refresh() {
  refreshing ??= alone(() => post("api/auth/refresh", { keepalive: true }))
    .then(keep, (error) => {
      if ([401, 403].includes(error.status)) leave(error.status === 403 ? error.message : session && "You were signed out.");
      throw error;
    })
    .finally(() => { refreshing = null; });
  return refreshing;
}

async function ask(path) {
  const token = session?.access_token;
  try {
    return await post(path, { token });
  } catch (error) {
    if (error.status !== 401) throw error;
    if (session?.access_token === token) await refresh();
    return post(path, { token: session?.access_token });
  }
}

function keep(answer) {
  session = answer;
  $("user").textContent = answer.user.username;
  $("role").textContent = answer.user.role;
  document.body.dataset.role = answer.user.role;
}

function enter() {
  showSide("home");
  showNotice("");
  watching = new AbortController();
  for (const channel of channels) follow(channel, watching.signal);
}

function stopWatching() {
  watching?.abort();
  for (const channel of channels) channel.end?.();
  sleepers.forEach((wake) => wake());
  for (const channel of channels) showState(channel, "waiting");
}

function leave(message) {
  session = null;
  stopWatching();
  channels.forEach(forget);
  $("state").textContent = "Connecting";
  $("sign-in-error").textContent = message ?? "";
  showSide("sign-in");
  $("username").focus();
}

async function signIn(event) {
  event.preventDefault();
  const body = { username: $("username").value, password: $("password").value };
  $("sign-in-error").textContent = "";
  try {
    keep(await alone(() => post("api/auth/login", { body })));
    $("password").value = "";
    enter();
    $("alerts-title").focus();
  } catch (error) {
    $("sign-in-error").textContent = error.message;
    $("password").select();
  }
}

async function signOut() {
  stopWatching();
  try {
    await alone(() => post("api/auth/logout", { token: session.access_token }));
    leave();
  } catch (error) {
    enter();
    showNotice(`You are still signed in: ${error.message}`);
  }
}

async function start() {
  for (let attempt = 0; ; attempt++) {
    try {
      await refresh();
      return enter();
    } catch (error) {
      if ([401, 403].includes(error.status)) return;
    }
    await pause(attempt);
  }
}

// --- Following a channel ----------------------------------------------------------------------------------------

async function follow(channel, signal) {
  for (let attempt = 0; !signal.aborted; attempt++) {
    const began = performance.now();
    try {
      const { ticket } = await ask("api/auth/ws-ticket"); // where it is refused, this says why; a WebSocket cannot
      const code = signal.aborted ? null : await listen(channel, ticket);
      if (signal.aborted) return;
      if (performance.now() - began > STEADY_MS) attempt = 0;
      if (code === 4429) attempt = Math.max(attempt, 5);
      showState(channel, [4400, 4403].includes(code) ? "refused" : "waiting");
      if (channel.state === "refused") return;
      if ([4401, 4402, 4409].includes(code)) await refresh(); // where the session is over, this says so
    } catch (error) {
      console.info(`homeguard: ${channel.name}: ${error.message}`);
    }
    await pause(attempt);
  }
}

async function pause(attempt) {
  let wake;
  await new Promise((resolve) => {
    sleepers.add(wake = resolve);
    setTimeout(resolve, Math.random() * Math.min(MAX_DELAY_MS, 500 * 2 ** attempt)); // full jitter
  });
  sleepers.delete(wake);
}

async function listen(channel, ticket) {
  const url = new URL(`ws/${channel.name}`, document.baseURI.replace(/^http/, "ws"));
  const resume = channel.cursor === null ? {} : { since: channel.cursor, epoch: channel.epoch };
  url.search = new URLSearchParams({ ticket, tail: TAIL, ...resume });
  const socket = new WebSocket(url);
  channel.send = (frame) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(frame));
  let watchdog;
  const code = await new Promise((resolve) => {
    const end = channel.end = () => { socket.onmessage = null; socket.close(); resolve(); }; // a dead peer answers nothing
    const wait = (ms) => { clearTimeout(watchdog); watchdog = setTimeout(end, ms); };
    wait(REQUEST_MS);
    socket.onclose = (event) => resolve(event.code);
    socket.onmessage = (event) => {
      if (!take(channel, JSON.parse(event.data))) return end();
      wait(SILENT_BEATS * 1000 * channel.heartbeat);
    };
  });
  clearTimeout(watchdog);
  return code;
}

// Takes one frame; false where one before it is missing, so that the channel resumes from its cursor.
function take(channel, frame) {
  const before = frame.type === "heartbeat" ? frame.head : frame.prev;
  if (channel.cursor !== null && before > channel.cursor) return false;
  if (channel.cursor !== null && frame.prev !== undefined && frame.seq <= channel.cursor) return true; // shown already
  takers[frame.type]?.(frame.data, frame, channel);
  if (frame.type === "heartbeat") channel.cursor = frame.head;
  else if (frame.seq !== undefined) channel.cursor = frame.seq;
  return true;
}

const takers = {
  hello(_, frame, channel) {
    if (!frame.resumed) forget(channel);
    Object.assign(channel, { epoch: frame.epoch, heartbeat: frame.heartbeat_seconds, old: frame.resumed ? 0 : frame.head });
    showState(channel, "live");
  },
  status: showHealth,
  token_expiring: (_, frame, channel) => renew(channel, frame.expires_at).catch(() => {}), // else 4402 comes
  gap(_, frame, channel) {
    if (frame.reason === "trimmed") channel.cursor = frame.to;
    showNotice(frame.reason === "trimmed"
      ? "Some of what happened while this page was away is too old to be shown."
      : "HomeGuard has another journal than before: what is shown begins anew.");
  },
  new_alert(alert, frame, channel) {
    showAlert(alert, frame);
    if (frame.seq > channel.old) announce(alert);
  },
  snapshot(devices, frame, channel) {
    if (frame.since === 0) forget(channel);
    devices.forEach(showDevice);
    frame.removed.forEach(removeDevice);
  },
  device_update: showDevice,
  device_removed: (device) => removeDevice(device.id),
};

async function renew(channel, expiresAt) {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * RENEW_MS));
  if (session.expires_at <= expiresAt) await refresh(); // unless the other channel was told first
  channel.send({ type: "auth", token: session.access_token });
}

function forget(channel) {
  channel.cursor = null;
  if (channel.name === "alerts") return $("alerts").replaceChildren();
  rows.clear();
  $("device-rows").replaceChildren();
}

// --- Showing ----------------------------------------------------------------------------------------------------

const copy = (template) => $(template).content.firstElementChild.cloneNode(true);

function write(root, texts) {
  for (const [name, text] of Object.entries(texts)) root.querySelector(`.${name}`).textContent = text ?? "";
}

function showSide(name) {
  for (const side of ["sign-in", "home"]) $(side).hidden = side !== name;
  $("status-line").hidden = name !== "home";
}

function showNotice(text) {
  $("notice").textContent = text;
}

function showState(channel, state) {
  channel.state = state;
  const worst = ["refused", "waiting", "live"].find((each) => channels.some((channel) => channel.state === each));
  if (document.body.dataset.state === worst) return;
  document.body.dataset.state = worst;
  $("state").textContent = {
    live: "Live",
    waiting: `Reconnecting (as of ${clock.format(new Date())})`,
    refused: "Stopped: HomeGuard refused this page",
  }[worst];
  if (worst !== "live") showHealth({});
}

function showHealth(health) {
  for (const part of ["bridge", "broker", "storage"]) {
    $(part).textContent = health[part] ?? "unknown";
    $(part).dataset.value = health[part] ?? "unknown";
  }
  const lag = health.lag_seconds ? `${health.lag_seconds} s behind the broker` : null;
  $("health-reason").textContent = [health.reason, lag].filter(Boolean).join("; ");
}

function showAlert(alert, { at }) {
  const item = copy("alert-template");
  item.dataset.severity = alert.severity;
  write(item, { severity: alert.severity, device: alert.device_id, reason: alert.reason, time: clock.format(new Date(at)) });
  item.querySelector("time").dateTime = at;
  item.querySelector(".unverified").hidden = alert.verified;
  $("alerts").prepend(item);
  if ($("alerts").children.length > MAX_ALERTS) $("alerts").lastElementChild.remove();
}

function announce(alert) {
  if (unannounced.push(alert) > 1) return;
  setTimeout(() => {
    const { severity, device_id, reason } = unannounced.at(-1);
    const many = unannounced.length > 1 ? `${unannounced.length} new alerts, the newest` : "New alert";
    $("announcement").textContent = `${many}: ${severity}, ${device_id}, ${reason}`;
    unannounced = [];
  }, ANNOUNCE_MS);
}

function showDevice(device) {
  const { id, name, kind, status, ip } = device;
  const known = rows.get(id) ?? addRow(id);
  known.row.dataset.status = status ?? "unknown";
  known.label = name ?? id;
  write(known.row, { name: known.label, id: name ? id : "", kind, status: status ?? "unknown", ip });
  known.block = device.block;
  showBlock(known);
}

function addRow(id) {
  const known = { row: copy("device-template"), block: null, asking: false };
  known.row.dataset.id = id;
  known.row.querySelector("button").onclick = () => changeBlock(id, known);
  const next = [...$("device-rows").children].find((other) => other.dataset.id > id);
  $("device-rows").insertBefore(known.row, next ?? null);
  rows.set(id, known);
  return known;
}

function removeDevice(id) {
  rows.get(id)?.row.remove();
  rows.delete(id);
}

const BLOCK_STATES = {
  none: "no",
  pending: "asked for, not confirmed",
  enforced: "blocked",
  partial: "partly blocked",
  failed: "asked for, failed",
  releasing: "being released, not confirmed",
};

function showBlock({ row, block, asking, label }) {
  const reports = Object.entries(block.reports).map(([who, said]) => `${who}: ${said.detail ?? said.state}`);
  const wish = block.desired ? [`by ${block.by}`, block.reason, block.until && `until ${clock.format(new Date(block.until))}`] : [];
  row.dataset.block = block.state;
  write(row, { "block-state": BLOCK_STATES[block.state], "block-detail": [...wish, ...reports].filter(Boolean).join(", ") });
  const button = row.querySelector("button");
  const verb = block.desired ? "Unblock" : "Block";
  button.textContent = asking ? "Asking…" : verb;
  button.ariaDisabled = String(asking); // `disabled` would take the focus away
  button.ariaLabel = asking ? `Asking to ${verb.toLowerCase()} ${label}` : `${verb} ${label}`;
}

// Shows what HomeGuard answered, never what was merely clicked.
async function changeBlock(id, known) {
  if (known.asking) return;
  const path = `api/devices/${encodeURIComponent(id)}/${known.block.desired ? "unblock" : "block"}`;
  known.asking = true;
  showBlock(known);
  showNotice("");
  try {
    const { block } = await ask(path);
    if (block.since > (known.block.since ?? "")) known.block = block; // unless the channel was quicker
  } catch (error) {
    showNotice(`${known.label}: ${error.message}`);
  }
  known.asking = false;
  showBlock(known);
}

$("sign-in-form").onsubmit = signIn;
$("sign-out").onclick = signOut;
window.ononline = () => sleepers.forEach((wake) => wake());
start();
