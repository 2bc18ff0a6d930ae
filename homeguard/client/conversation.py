"""What a device and HomeGuard say to each other over one connection: presence, updates, alerts, proofs, wishes. No I/O.

`Device` and `SyncDevice` move the bytes: they say what `next` returns, and pass on what they hear.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from homeguard.client.courier import Courier
from homeguard.client.link import Heard, Said
from homeguard.client.memory import UPDATE, Memory
from homeguard.client.messages import Proof, Wish, read_proof, read_wish, write_update
from homeguard.client.outbox import Entry
from homeguard.errors import BadInput
from homeguard.events import Status
from homeguard.topics import AlertsTopic, AvailabilityTopic, BlockTopic, DevicesTopic, RepliesTopic, Topics

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The topics of one device."""

    alerts: str
    updates: str
    availability: str
    block: str
    replies: str
    proof: str

    @classmethod
    def of(cls, device_id: str, prefix: str) -> "Addresses":
        """Work out the topics below a prefix."""
        topics = Topics(prefix)
        return cls(
            topics.format(AlertsTopic(device_id)),
            topics.format(DevicesTopic(device_id)),
            topics.format(AvailabilityTopic(device_id)),
            topics.format(BlockTopic(device_id)),
            topics.format(RepliesTopic(f"{device_id}/#")),
            topics.format(RepliesTopic(f"{device_id}/proof")),
        )


@dataclass(frozen=True, slots=True)
class Fetch:
    """Wanted from the outbox: at most `limit` alerts behind number `after`, for `Conversation.give`."""

    after: int
    limit: int


class Conversation:
    """One connection, from the subscriptions to its end."""

    def __init__(self, addresses: Addresses, memory: Memory, courier: Courier) -> None:
        """Begin with nothing said."""
        self._addresses = addresses
        self._memory = memory
        self._courier = courier
        self._availability: Status | None = None  # as said last
        self._fetched: dict[str, Entry] = {}
        memory.unsaid = dict(memory.fields)
        memory.has_alerts = True

    def begin(self, heard: Sequence[Heard]) -> list[Proof]:
        """Take what came before the broker answered the last subscription.

        Mosquitto sends what is retained before it answers the next packet: no wish by now means that there is none.
        """
        if not any(message.topic == self._addresses.block for message in heard):
            self._memory.take_wish(Wish(desired=False))
        return self.hear(heard)

    def hear(self, heard: Sequence[Heard]) -> list[Proof]:
        """Note what is wished, and return the proofs: what they name may leave the outbox."""
        proofs: list[Proof] = []
        for message in heard:
            try:
                if message.topic == self._addresses.block:
                    self._memory.take_wish(read_wish(message.payload))
                else:
                    proofs.append(read_proof(message.payload, message.correlation))
            except BadInput as error:
                logger.warning("device %s: cannot read %s: %s", self._memory.device_id, message.topic, error)
        for proof in proofs:
            if proof.id is not None:
                self._courier.answered(proof.id)
                self._fetched.pop(proof.id, None)
        return proofs

    def next(self, now: float) -> Said | Fetch | None:
        """Return what to do now; None is to wait for news, or for the `deadline`."""
        wanted = Status.OFFLINE if self._memory.is_silent else Status.ONLINE
        if self._availability is not wanted:
            return self.availability(wanted)
        if self._memory.is_silent:
            return None
        if self._courier.give_up_waiting(now):
            logger.info("device %s: no proof of storage in time, sending again", self._memory.device_id)
            self._fetched.clear()
            self._memory.has_alerts = True
        return self._next_alert(now) or self._next_update()

    def give(self, entries: Sequence[Entry]) -> None:
        """Take what was fetched."""
        self._fetched = {entry.id: entry for entry in entries}
        self._memory.has_alerts |= bool(entries)  # there may be more behind them

    @property
    def deadline(self) -> float | None:
        """When to ask for the `next` thing without any news, None where only news can bring it."""
        return None if self._memory.is_silent else self._courier.deadline

    def availability(self, status: Status) -> Said:
        """Write whether the device is there; retained."""
        self._availability = status
        return Said(self._addresses.availability, status.value.encode(), retain=True)

    def _next_alert(self, now: float) -> Said | Fetch | None:
        if self._courier.room <= 0:
            return None
        if self._fetched:
            entry = self._fetched.pop(next(iter(self._fetched)))
            self._courier.sent(entry, now)
            return Said(
                self._addresses.alerts,
                entry.payload,
                response_topic=self._addresses.proof,
                correlation=entry.id.encode(),
            )
        if self._memory.has_alerts:
            self._memory.has_alerts = False  # said before the outbox is read: what comes meanwhile is news
            return Fetch(self._courier.cursor, self._courier.room)
        return None

    def _next_update(self) -> Said | None:
        if not self._memory.unsaid:
            return None
        saying, self._memory.unsaid = self._memory.unsaid, {}
        return Said(
            self._addresses.updates,
            write_update(self._memory.device_id, saying),
            response_topic=self._addresses.proof,
            correlation=UPDATE.encode(),
        )
