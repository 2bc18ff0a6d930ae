"""Stores a batch of received messages in one transaction: events, devices, block reports, rejects, receipts.

Whoever speaks for the first time, in another's name, or while blocked is noticed here.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from homeguard.clock import to_rfc3339
from homeguard.errors import BadInput, Blocked, Spoofed
from homeguard.events import (
    Alert,
    AlertNumber,
    Availability,
    BlockReport,
    Decoded,
    DeviceUpdate,
    EnforcerPresence,
    EventType,
    JsonObject,
    Neighbour,
    Status,
    StatusReason,
    to_json,
)
from homeguard.journal.blocks import addresses, take_report, tell
from homeguard.journal.device import Device
from homeguard.journal.devices import DeviceBook
from homeguard.journal.enforcers import take_presence, tell_of_drift
from homeguard.journal.gaps import count
from homeguard.journal.models import Receipt, execute, tuples_of
from homeguard.journal.neighbours import changes_of, find_neighbour
from homeguard.journal.newcomers import Newcomers
from homeguard.journal.rejects import keep_rejects
from homeguard.journal.spoofing import note_spoofing
from homeguard.journal.transaction import Transaction
from homeguard.presence import Silence
from homeguard.topics import Topics

RECEIPT_AGE: Final = timedelta(hours=1)  # a broker resends what it had in flight; an hour outlasts any reconnect
MAX_RECEIPTS: Final = 5_000  # digests; ten times what is ever in flight, far below where packet ids come round
DIGEST_BYTES: Final = 8
SEEN_EVERY: Final = timedelta(seconds=10)  # a device that raises many alerts moves its `last_seen_at` no more often


class Received(NamedTuple):
    """A message and what was read from it, or why it could not be read; `digest` is set where it may be sent again.

    `number` is that of an alert which could not be read otherwise; an `Alert` has its own.
    """

    topic: str
    payload: bytes
    content: Decoded | BadInput
    digest: bytes | None = None
    number: AlertNumber | None = None


class Outcome(NamedTuple):
    """What became of a message: the `seq` that shows it, or the error for its sender."""

    seq: int | None = None
    error: BadInput | None = None
    is_duplicate: bool = False


def digest_of(topic: str, payload: bytes, mid: int) -> bytes:
    """Tell one delivery from another: a resend has the same packet id (MQTT 5.0 section 4.4) and the same bytes."""
    return hashlib.blake2b(b"%d\0%s\0%s" % (mid, topic.encode(), payload), digest_size=DIGEST_BYTES).digest()


class Rules(NamedTuple):
    """What the home wants of whom it takes in.

    `flat_topics` says whether the topics are open that prove no sender. `silence` is None where no device is called
    gone for being silent. Where newcomers are neither told of nor blocked, an alert alone makes nobody known.
    """

    topics: Topics
    flat_topics: bool = True
    tell_new: bool = True
    quarantine_new: bool = False
    silence: Silence | None = None


def store(transaction: Transaction, batch: Sequence[Received], rules: Rules) -> list[Outcome]:
    """Store a batch and tell what became of each message, in their order."""
    intake = _Intake(transaction, batch, rules)
    outcomes = [intake.take(received) for received in batch]
    intake.finish(batch, outcomes)
    return outcomes


class _Intake:
    """One batch on its way into the journal."""

    def __init__(self, transaction: Transaction, batch: Sequence[Received], rules: Rules) -> None:
        contents = [received.content for received in batch if not isinstance(received.content, BadInput)]
        alerts = [content for content in contents if isinstance(content, Alert)]
        self._transaction = transaction
        self._rules = rules
        self._stored = _already_stored(alerts)
        self._numbers: list[AlertNumber] = []
        self._unfamiliar = _unfamiliar(alerts, transaction.now, newcomers=rules.tell_new or rules.quarantine_new)
        others = {c.device_id for c in contents if isinstance(c, DeviceUpdate | Availability | BlockReport)}
        self._devices = DeviceBook(transaction, others | self._unfamiliar)
        self._newcomers = Newcomers(transaction, rules.topics, tell=rules.tell_new, quarantine=rules.quarantine_new)

    def take(self, received: Received) -> Outcome:
        try:
            match received.content:
                case BadInput() as error:
                    if received.number is not None:
                        self._numbers.append(received.number)
                    return Outcome(error=error)
                case Alert() as alert:
                    return self._alert(alert)
                case DeviceUpdate() as update:
                    return self._update(update)
                case Availability() as availability:
                    return self._availability(availability)
                case BlockReport() as report:
                    device = self._devices.get(report.device_id)
                    device.block = take_report(device.block, report, self._transaction.at)
                    tell_of_drift(self._transaction, report)
                    return Outcome(seq=self._devices.touch(device))
                case EnforcerPresence() as presence:
                    take_presence(self._transaction, self._devices, presence)
                    return Outcome()
                case Neighbour() as neighbour:
                    return self._neighbour(neighbour)
        except BadInput as error:
            return Outcome(error=error)

    def _alert(self, alert: Alert) -> Outcome:
        if alert.number is not None:
            self._numbers.append(alert.number)
        dedupe = _dedupe_key(alert)
        if dedupe is not None and dedupe in self._stored:
            return Outcome(seq=self._stored[dedupe], is_duplicate=True)
        looked_at = alert.device_id in self._unfamiliar
        device = self._named(alert.device_id, verified=alert.verified) if looked_at else None
        event = self._transaction.append(
            EventType.NEW_ALERT,
            to_json(alert.data) if alert.body is None else alert.body,
            device_id=alert.device_id,
            severity=alert.severity.value,
            dedupe=dedupe,
        )
        if dedupe is not None:
            self._stored[dedupe] = event.seq
        if device is not None:
            if alert.verified:
                device.hear(self._transaction.now)
            self._show(device, verified=alert.verified)
        return Outcome(seq=event.seq)

    def _update(self, update: DeviceUpdate) -> Outcome:
        is_word = update.verified or bool(update.changes)  # else news of our own records, or of nothing
        if not is_word:
            if update.device_id not in self._devices:
                return Outcome()  # news of a device that is gone by now, and nothing to know it by
            return Outcome(seq=self._devices.touch(self._devices.get(update.device_id)))
        device = self._named(update.device_id, verified=update.verified)
        changes = dict(update.changes)
        status = changes.pop("status", None)
        device.require_same_mac(changes)
        self._change(device, changes)
        device.hear(self._transaction.now)
        if status is not None:
            self._say(device, Status(status), StatusReason.SAID)
        return Outcome(seq=self._show(device, verified=update.verified))

    def _change(self, device: Device, changes: JsonObject) -> None:
        """Take over what was sent; whoever holds a device by its addresses is told where they are others now."""
        before = addresses(device.fields) if device.block.desired else None  # nobody holds the others
        device.change(changes)
        if before is not None and addresses(device.fields) != before:
            tell(self._transaction, self._rules.topics, device.id, device.block, device.fields)

    def _neighbour(self, neighbour: Neighbour) -> Outcome:
        """Take in whom the network shows, which is no word of that device; who is new has been told of."""
        device = find_neighbour(self._transaction, self._devices, neighbour, tell_new=self._rules.tell_new)
        self._change(device, changes_of(device, neighbour))
        device.last_seen_at = self._transaction.now
        if device.updated_seq == 0:
            device.heard = True
            self._newcomers.quarantine(device)
        return Outcome(seq=self._devices.touch(device))

    def _availability(self, said: Availability) -> Outcome:
        goes = said.status is Status.OFFLINE
        device = self._named(said.device_id, verified=True, may_be_blocked=goes)
        device.hear(self._transaction.now)
        self._say(device, said.status, StatusReason.BLOCKED if goes and device.block.desired else said.reason)
        return Outcome(seq=self._show(device, verified=True))

    def _named(self, device_id: str, *, verified: bool, may_be_blocked: bool = False) -> Device:
        """Return the device of which a message speaks.

        Raises:
            Blocked: it speaks itself, and may not.
            BadInput: nobody knows it, nothing proves it, and too many of that kind came.
        """
        if device_id not in self._devices:
            if not verified:
                self._newcomers.require_room(device_id)
            return self._devices.get_or_add(device_id)
        device = self._devices.get(device_id)
        if verified and device.block.desired and not may_be_blocked:
            raise Blocked(f"{device_id} is blocked; what it says is taken again when it is free")
        return device

    def _say(self, device: Device, status: Status, reason: StatusReason | None) -> None:
        device.presence.say(status, reason, self._transaction.now.timestamp())

    def _show(self, device: Device, *, verified: bool) -> int:
        """Show a device that spoke or was spoken of; the first time there is more to do."""
        device.show_presence()
        if device.heard:
            return self._devices.touch(device)
        device.heard = True
        if device.updated_seq == 0:  # else somebody has made it by hand, and so has let it in
            self._newcomers.quarantine(device)
        seq = self._devices.touch(device)
        self._newcomers.tell(device, verified=verified)
        return seq

    def finish(self, batch: Sequence[Received], outcomes: Sequence[Outcome]) -> None:
        for device in self._devices:
            device.plan_look(self._rules.silence)
        self._devices.write()
        count(self._transaction, self._numbers)
        refused = [(r.topic, r.payload, o.error) for r, o in zip(batch, outcomes, strict=True) if o.error is not None]
        keep_rejects(self._transaction.now, refused)
        note_spoofing(self._transaction, [error for _, _, error in refused if isinstance(error, Spoofed)])
        _keep_receipt(self._transaction, [r.digest for r in batch if r.digest is not None])


def _unfamiliar(alerts: Iterable[Alert], now: datetime, *, newcomers: bool) -> set[str]:
    """Find the devices of which an alert says more than itself: that they are new, blocked, or there after a while.

    Of all others an alert costs one look at a few columns, whatever their number in a batch.
    """
    named = {(alert.device_id, alert.verified) for alert in alerts}
    if not named:
        return set()
    proven = dict(sorted(named))  # who speaks itself, and is spoken of too, speaks itself
    marks = ", ".join("?" * len(proven))
    rows = execute(
        'SELECT "devices"."id", "devices"."heard", "devices"."last_seen_at", "blocks"."desired" FROM "devices" '  # noqa: S608
        'LEFT JOIN "blocks" ON "blocks"."device_id" = "devices"."id" '
        f'WHERE "devices"."id" IN ({marks}) AND NOT "devices"."removed"',
        *proven,
    )
    fresh = to_rfc3339(now - SEEN_EVERY)
    unfamiliar = set(proven) if newcomers else set()
    for id, heard, seen, desired in rows.fetchall():
        if heard and (not proven[id] or (seen > fresh and not desired)):
            unfamiliar.discard(id)
        else:
            unfamiliar.add(id)
    return unfamiliar


def _dedupe_key(alert: Alert) -> bytes | None:
    if alert.message_id is None:
        return None
    return hashlib.blake2b(f"{alert.sender}\0{alert.message_id}".encode(), digest_size=16).digest()


def _already_stored(alerts: Iterable[Alert]) -> dict[bytes, int]:
    keys = [key for alert in alerts if (key := _dedupe_key(alert)) is not None]
    if not keys:
        return {}
    marks = ", ".join("?" * len(keys))
    rows = execute(f'SELECT "dedupe", "seq" FROM "events" WHERE "dedupe" IN ({marks})', *keys)  # noqa: S608
    return {bytes(key): seq for key, seq in rows.fetchall()}


def _keep_receipt(transaction: Transaction, digests: Sequence[bytes]) -> None:
    if digests:
        execute('INSERT INTO "receipts" ("at", "digests") VALUES (?, ?)', transaction.at, b"".join(digests))


def forget_receipts(transaction: Transaction) -> None:
    """Forget the digests that are older than an hour."""
    Receipt.delete().where(Receipt.at < transaction.now - RECEIPT_AGE).execute()


def recent_receipts(transaction: Transaction) -> set[bytes]:
    """Read the newest digests of what was taken in within the hour."""
    forget_receipts(transaction)
    recent: set[bytes] = set()
    newest = Receipt.select(Receipt.digests).order_by(Receipt.id.desc()).limit(MAX_RECEIPTS)
    for (digests,) in tuples_of(newest):
        recent.update(bytes(digests[i : i + DIGEST_BYTES]) for i in range(0, len(digests), DIGEST_BYTES))
        if len(recent) >= MAX_RECEIPTS:
            break
    return recent
