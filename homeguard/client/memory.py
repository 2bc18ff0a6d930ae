"""What a device knows beyond one connection, and what its author is yet to be told. No I/O."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from homeguard.client.messages import Proof, Rejection, Stored, Wish, write_update
from homeguard.client.outbox import Entry
from homeguard.events import JsonObject

logger = logging.getLogger(__name__)

UPDATE: Final = "update"  # Correlation Data of device updates; alerts have their id, 32 hexadecimal digits

News = Wish | Stored | Rejection


class Memory:
    """The state of one device: its fields, the wish, and whether the outbox has what was not looked at.

    `unsaid` is that part of `fields` which the broker has not taken; `untold` what the author's callbacks wait for.
    """

    def __init__(self, device_id: str, *, obeys_blocks: bool) -> None:
        """Begin with nothing known."""
        self.device_id = device_id
        self.wish = Wish(desired=False)
        self.fields: JsonObject = {}
        self.unsaid: JsonObject = {}
        self.has_alerts = True  # of an earlier process, perhaps
        self.untold: list[News] = []
        self._obeys_blocks = obeys_blocks

    @property
    def is_silent(self) -> bool:
        """Whether nothing but `offline` may be said."""
        return self._obeys_blocks and self.wish.desired

    def change(self, changes: Mapping[str, Any]) -> None:
        """Note how the device is now; None leaves a field as it is.

        Raises:
            BadInput: HomeGuard would reject it.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        write_update(self.device_id, self.fields | given)
        self.fields |= given
        self.unsaid |= given

    def take_wish(self, wish: Wish) -> None:
        """Note whether HomeGuard wishes the device blocked."""
        if wish != self.wish:
            self.wish = wish
            self.unsaid = dict(self.fields)
            self.untold.append(wish)

    def settle(self, proofs: Sequence[Proof], removed: Sequence[Entry]) -> None:
        """Note which of the kept alerts were proved, and which were rejected: those that left the outbox."""
        kept = {entry.id: entry for entry in removed}
        for proof in proofs:
            entry = kept.get(proof.id) if proof.id is not None else None
            if entry is not None and proof.error is None:
                self.untold.append(Stored(entry.id, proof.seq))
            elif proof.error is not None and (entry is not None or proof.id == UPDATE):
                alert: JsonObject | None = orjson.loads(entry.payload) if entry is not None else None
                logger.warning(
                    "device %s: HomeGuard rejects %s: %s", self.device_id, alert or "the update", proof.error
                )
                self.untold.append(Rejection(proof.error, entry.id if entry is not None else None, alert))

    def news(self) -> list[News]:
        """Take what is to be told to the author, oldest first."""
        untold, self.untold = self.untold, []
        return untold
