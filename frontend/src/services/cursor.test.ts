import { describe, expect, test } from "vitest";
import type { Channel, Envelope, Frame } from "../lib/api/types";
import { Cursor } from "./cursor";

const hello = (head: number, { epoch = "e1", resumed = false } = {}) =>
  ({ type: "hello", channel: "alerts", epoch, head, resumed, user: "ada", expires_at: "", heartbeat_seconds: 15 }) as Frame;
const alert = (seq: number, prev: number) => ({ type: "new_alert", channel: "alerts", seq, prev }) as Envelope;
const update = (seq: number, prev: number) => ({ type: "device_update", channel: "devices", seq, prev }) as Envelope;
const snapshot = (since: number, seq: number) => ({ type: "snapshot", channel: "devices", since, seq, data: [], removed: [] }) as Frame;
const heartbeat = (head: number) => ({ type: "heartbeat", channel: "alerts", head, at: "" }) as Frame;
const gap = (from: number, to: number, reason: "trimmed" | "epoch") => ({ type: "gap", channel: "alerts", from, to, reason }) as Frame;

const began = (channel: Channel, ...frames: Frame[]) => {
  const cursor = new Cursor(channel);
  cursor.handshake();
  for (const frame of frames) cursor.take(frame);
  return cursor;
};

describe("beginning", () => {
  test("the first hello begins, and asks for nothing to go on from", () => {
    const cursor = new Cursor("alerts");
    expect(cursor.handshake()).toEqual({});
    expect(cursor.take(hello(7))).toBe("begin");
  });

  test("the tail is history, what comes behind it news", () => {
    const cursor = began("alerts", hello(7));
    expect([alert(5, 3), alert(7, 5), alert(9, 7)].map((frame) => cursor.take(frame))).toEqual(["history", "history", "show"]);
  });

  test("who saw nothing yet takes for news what came while the socket was away", () => {
    const cursor = began("alerts", hello(0), hello(3));
    expect(cursor.take(alert(3, 0))).toBe("show");
  });

  test("an event beyond the head that comes first shows that the tail is missing", () => {
    expect(began("alerts", hello(7)).take(alert(12, 9))).toBe("missed");
  });

  test("devices begin with a snapshot, and an update before it is not enough", () => {
    const cursor = began("devices", hello(7));
    expect(cursor.take(update(8, 7))).toBe("missed");
    expect(cursor.take(snapshot(0, 7))).toBe("show");
    expect(cursor.take(update(8, 7))).toBe("show");
  });
});

describe("going on", () => {
  test("what was shown is dropped, and a hole is seen", () => {
    const cursor = began("alerts", hello(7), alert(7, 5));
    expect(cursor.take(alert(7, 5))).toBe("drop");
    expect(cursor.take(alert(11, 9))).toBe("missed");
    expect(cursor.handshake()).toEqual({ since: 7, epoch: "e1" });
  });

  test("a resumed connection goes on, from what was seen last", () => {
    const cursor = began("alerts", hello(7), alert(7, 5));
    cursor.handshake();
    expect(cursor.take(hello(11, { resumed: true }))).toBe("word");
    expect(cursor.take(alert(9, 7))).toBe("show");
  });

  test("a heartbeat ahead of the cursor shows that something is missing", () => {
    const cursor = began("alerts", hello(7), alert(7, 5));
    expect(cursor.take(heartbeat(7))).toBe("word");
    expect(cursor.take(heartbeat(8))).toBe("missed");
  });

  test("a snapshot of what changed takes the place of updates", () => {
    const cursor = began("devices", hello(7), snapshot(0, 7));
    expect(cursor.take(snapshot(7, 300))).toBe("show");
    expect(cursor.take(update(300, 7))).toBe("drop");
    expect(cursor.take(snapshot(400, 500))).toBe("missed");
  });

  test("a snapshot that is not newer than what is shown is dropped", () => {
    const cursor = began("devices", hello(7), snapshot(0, 7), update(9, 7));
    expect([snapshot(0, 8), snapshot(0, 9)].map((frame) => cursor.take(frame))).toEqual(["drop", "drop"]);
  });

  test("after a gap it goes on behind it, and back from one it does not go", () => {
    const cursor = began("alerts", hello(7), alert(7, 5));
    expect(cursor.take(gap(8, 20, "trimmed"))).toBe("gap");
    expect(cursor.take(alert(21, 20))).toBe("show");
    expect(cursor.take(gap(8, 20, "trimmed"))).toBe("gap");
    expect(cursor.seq).toBe(21);
  });
});

describe("another journal", () => {
  test("all is forgotten, and the tail of the other one is history", () => {
    const cursor = began("alerts", hello(7), alert(7, 5));
    cursor.handshake();
    expect(cursor.take(hello(3, { epoch: "e2" }))).toBe("anew");
    expect(cursor.take(gap(7, 3, "epoch"))).toBe("gap");
    expect(cursor.take(alert(2, 0))).toBe("history");
    expect(cursor.handshake()).toEqual({ since: 2, epoch: "e2" });
  });

  test("the same journal that is not as far any more is another one: a copy was put back", () => {
    const cursor = began("alerts", hello(7), alert(7, 5));
    cursor.handshake();
    expect(cursor.take(hello(3))).toBe("anew");
  });
});

describe("polling", () => {
  test("it goes on where the socket was, and the socket where polling was", () => {
    const cursor = began("alerts", hello(7), alert(7, 5));
    expect(cursor.position()).toEqual({ since: 7, epoch: "e1" });
    expect([alert(7, 5), alert(9, 7)].map((event) => cursor.takePolled(event))).toEqual(["drop", "show"]);
    expect(cursor.handshake()).toEqual({ since: 9, epoch: "e1" });
  });

  test("who has nothing to go on from has to begin; who follows alerts has, from the first hello", () => {
    expect(new Cursor("alerts").position()).toBeNull();
    expect(began("devices", hello(7)).position()).toBeNull();
    expect(began("alerts", hello(7)).position()).toEqual({ since: 7, epoch: "e1" });
  });

  test("a poll that began is not undone by a socket that set out before it", () => {
    const cursor = new Cursor("alerts");
    cursor.handshake();
    cursor.beginAt("e1", 7);
    expect(cursor.take(hello(7))).toBe("word");
    expect([alert(7, 5), alert(9, 7)].map((frame) => cursor.take(frame))).toEqual(["drop", "show"]);
  });

  test("another journal, or a trimmed one, is told", () => {
    const cursor = new Cursor("alerts");
    cursor.beginAt("e1", 7);
    expect(cursor.takePage({ epoch: "e1", head: 9, gap: null })).toBe("word");
    expect(cursor.takePage({ epoch: "e1", head: 9, gap: { from: 8, to: 8, reason: "trimmed" } })).toBe("gap");
    expect(cursor.seq).toBe(8);
    expect(cursor.takePage({ epoch: "e2", head: 9, gap: null })).toBe("anew");
    expect(cursor.takePage({ epoch: "e1", head: 2, gap: { from: 8, to: 2, reason: "epoch" } })).toBe("anew");
  });
});

/** Mulberry32: the same numbers for the same seed, so that a failure can be had again. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("whatever happens on the way", () => {
  const seeds = Array.from({ length: 500 }, (_, seed) => seed);

  test.each(["alerts", "devices"] as const)("on %s each event is shown once and in order, none is missing", (channel) => {
    for (const seed of seeds) {
      const { shown, all, start } = livedThrough(channel, randomOf(seed));
      // Where history begins is no promise; that news is whole, and history has no hole, is.
      const first = shown[0] ?? 0;
      expect(shown, `seed ${seed}`).toEqual(all.filter((seq) => seq >= first));
      expect(all.filter((seq) => seq > start && seq < first), `seed ${seed}`).toEqual([]);
    }
  });
});

/** A journal that grows, and a connection that drops, repeats and reorders frames, breaks, and is polled meanwhile. */
function livedThrough(channel: Channel, random: () => number) {
  const chance = (of: number) => random() < of;
  const journal: Envelope[] = [];
  const cursor = new Cursor(channel);
  const shown: number[] = [];
  let seq = 0;
  let wire: Frame[] = [];
  let isUp = false;
  let start: number | null = null; // the head at the first hello that was heard

  const head = () => journal.at(-1)?.seq ?? 0;
  const grow = () => {
    const prev = head();
    seq += 1 + Math.floor(random() * 3); // the other channel has some of the numbers
    const event = channel === "alerts" ? alert(seq, prev) : update(seq, prev);
    journal.push(event);
    if (isUp) wire.push(event);
  };
  const down = () => {
    isUp = false;
    wire = [];
  };
  const connect = () => {
    const { since } = cursor.handshake();
    isUp = true;
    wire = [hello(head(), { resumed: since !== undefined })];
    if (since === undefined && channel === "devices") wire.push(snapshot(0, head()));
    else if (since !== undefined && channel === "devices" && chance(0.3)) wire.push(snapshot(since, head()));
    else wire.push(...journal.filter((event) => event.seq > (since ?? 0)));
  };
  const poll = () => {
    if (cursor.position() === null) return;
    for (const event of journal) if (cursor.takePolled(event) === "show") shown.push(event.seq);
  };
  const hear = (frame: Frame) => {
    const verdict = cursor.take(frame);
    if (frame.type === "hello") start ??= frame.head;
    if (verdict === "missed") down();
    if (verdict !== "show" && verdict !== "history") return;
    if (frame.type === "snapshot") {
      const known = shown.at(-1) ?? 0; // a device that is told again as it is does no harm
      shown.push(...journal.map((event) => event.seq).filter((one) => one > known && one <= frame.seq));
    } else if ("prev" in frame) shown.push(frame.seq);
  };

  for (let step = 0; step < 60; step++) {
    if (chance(0.5)) grow();
    if (!isUp && chance(0.4)) connect();
    if (chance(0.1)) poll();
    if (chance(0.05)) down();
    if (chance(0.1) && wire.length > 2) wire.splice(1 + Math.floor(random() * (wire.length - 1)), 1); // hello is never lost
    if (chance(0.1) && wire.length > 2) wire.push(...wire.splice(1, 1));
    while (wire.length > 0 && chance(0.8)) {
      const frame = wire.shift() as Frame;
      hear(frame);
      if (chance(0.1)) hear(frame.type === "hello" ? heartbeat(0) : frame);
    }
  }
  // In the end the network is good, and the heartbeats come through.
  for (let round = 0; round < 3; round++) {
    if (!isUp) connect();
    while (wire.length > 0) hear(wire.shift() as Frame);
    if (isUp) hear(heartbeat(head()));
  }
  return { shown, all: journal.map((event) => event.seq), start: start ?? 0 };
}
