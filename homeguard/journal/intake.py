"""Stores a batch of received messages in one transaction: events, devices, block reports, rejects, receipts."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from homeguard.errors import BadInput
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
    to_json,
)
from homeguard.journal.blocks import addresses, take_report, tell
from homeguard.journal.devices import Device, DeviceBook
from homeguard.journal.enforcers import take_presence, tell_of_drift
from homeguard.journal.gaps import count
from homeguard.journal.models import Receipt, execute, tuples_of
from homeguard.journal.neighbours import changes_of, find_neighbour
from homeguard.journal.rejects import keep_rejects
from homeguard.journal.transaction import Transaction
from homeguard.topics import Topics

RECEIPT_AGE: Final = timedelta(hours=1)  # a broker resends what it had in flight; an hour outlasts any reconnect
MAX_RECEIPTS: Final = 5_000  # digests; ten times what is ever in flight, far below where packet ids come round
DIGEST_BYTES: Final = 8


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


def store(transaction: Transaction, batch: Sequence[Received], topics: Topics) -> list[Outcome]:
    """Store a batch and tell what became of each message, in their order."""
    intake = _Intake(transaction, batch, topics)
    outcomes = [intake.take(received) for received in batch]
    intake.finish(batch, outcomes)
    return outcomes


class _Intake:
    """One batch on its way into the journal."""

    def __init__(self, transaction: Transaction, batch: Sequence[Received], topics: Topics) -> None:
        contents = [received.content for received in batch if not isinstance(received.content, BadInput)]
        self._transaction = transaction
        self._topics = topics
        self._stored = _already_stored([alert for alert in contents if isinstance(alert, Alert)])
        self._numbers: list[AlertNumber] = []
        self._devices = DeviceBook(
            transaction,
            {c.device_id for c in contents if isinstance(c, DeviceUpdate | Availability | BlockReport)},
        )

    def take(self, received: Received) -> Outcome:
        try:
            match received.content:
                case BadInput() as error:
                    if received.number is not None:
                        self._numbers.append(received.number)
                    return Outcome(error=error)
                case Alert() as alert:
                    return self._alert(alert)
                case DeviceUpdate(device_id, changes):
                    if not changes and device_id not in self._devices:
                        return Outcome()  # news of a device that is gone by now, and nothing to know it by
                    device = self._devices.get_or_add(device_id)
                    self._change(device, changes)
                case Availability(device_id, status):
                    device = self._devices.get_or_add(device_id)
                    device.change({"status": status.value})
                case BlockReport() as report:
                    device = self._devices.get(report.device_id)
                    device.block = take_report(device.block, report, self._transaction.at)
                    tell_of_drift(self._transaction, report)
                case EnforcerPresence() as presence:
                    take_presence(self._transaction, self._devices, presence)
                    return Outcome()
                case Neighbour() as neighbour:
                    device = find_neighbour(self._transaction, self._devices, neighbour)
                    self._change(device, changes_of(device, neighbour))
        except BadInput as error:
            return Outcome(error=error)
        return Outcome(seq=self._devices.touch(device, seen=_is_word_of_device(received.content)))

    def _change(self, device: Device, changes: JsonObject) -> None:
        """Take over what was sent; whoever holds a device by its addresses is told where they are others now."""
        before = addresses(device.fields)
        device.change(changes)
        if device.block.desired and addresses(device.fields) != before:
            tell(self._transaction, self._topics, device.id, device.block, device.fields)

    def _alert(self, alert: Alert) -> Outcome:
        if alert.number is not None:
            self._numbers.append(alert.number)
        dedupe = _dedupe_key(alert)
        if dedupe is not None and dedupe in self._stored:
            return Outcome(seq=self._stored[dedupe], is_duplicate=True)
        event = self._transaction.append(
            EventType.NEW_ALERT,
            to_json(alert.data) if alert.body is None else alert.body,
            device_id=alert.device_id,
            severity=alert.severity.value,
            dedupe=dedupe,
        )
        if dedupe is not None:
            self._stored[dedupe] = event.seq
        return Outcome(seq=event.seq)

    def finish(self, batch: Sequence[Received], outcomes: Sequence[Outcome]) -> None:
        self._devices.write()
        count(self._transaction, self._numbers)
        keep_rejects(
            self._transaction.now,
            [(r.topic, r.payload, o.error) for r, o in zip(batch, outcomes, strict=True) if o.error is not None],
        )
        _keep_receipt(self._transaction, [r.digest for r in batch if r.digest is not None])


def _is_word_of_device(content: DeviceUpdate | Availability | BlockReport | Neighbour) -> bool:
    """Say whether the device itself was heard: an update without changes only tells that our own records changed."""
    if isinstance(content, DeviceUpdate):
        return bool(content.changes)
    return isinstance(content, Availability | Neighbour)


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
