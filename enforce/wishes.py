"""What is wished, as far as it has been heard: nobody is let go only because a wish has not come yet. Pure."""

import logging
from collections.abc import Mapping

from enforce.enforcer import Wish
from homeguard.errors import BadInput
from homeguard.fields import read_json_object

logger = logging.getLogger(__name__)


class Wishes:
    """The wishes that lie retained, device by device.

    A broker tells them one by one, may drop some past its limits, and may have lost them all when it was killed. So
    HomeGuard also tells how many devices are to be blocked. Until that many have been heard on a connection, a wish
    from before stands, and `is_known` is False if there was none yet: what is in force then stays as it is.
    """

    def __init__(self) -> None:
        self._wishes: dict[str, Wish] = {}
        self._heard: set[str] = set()  # on this connection
        self._count: int | None = None
        self.is_whole = False  # all have been heard on this connection
        self.is_known = False  # on this one or on one before

    def begin_connection(self) -> None:
        """Begin to hear them all again."""
        self._heard.clear()
        self._count = None
        self.is_whole = False

    @property
    def current(self) -> Mapping[str, Wish]:
        """The wishes that stand."""
        return dict(self._wishes)

    @property
    def missing(self) -> str:
        """Say what is not known yet, for a log."""
        if self._count is None:
            return "HomeGuard has not said how many devices are blocked"
        return f"HomeGuard says that {self._count} devices are blocked, and {self._desired_heard()} were heard of"

    def hear(self, device_id: str, payload: bytes) -> bool:
        """Take what lies on `blocks/{device_id}`; an empty payload was cleared. Says whether anything is new."""
        before = self._wishes.get(device_id)
        try:
            wish = Wish.from_payload(device_id, payload) if payload else None
        except BadInput as error:
            logger.error("enforce: the wish for %s cannot be read, the one before it stands: %s", device_id, error)  # noqa: TRY400
            return False
        if wish is None:
            self._wishes.pop(device_id, None)
            self._heard.discard(device_id)
        else:
            self._wishes[device_id] = wish
            self._heard.add(device_id)
        return self._look_whole() or wish != before

    def hear_count(self, payload: bytes) -> bool:
        """Take what lies on `blocks`. Says whether anything is new: by this alone the wishes may have become known."""
        try:
            count = read_json_object(payload).get("desired")
        except BadInput:
            count = None
        self._count = count if type(count) is int else None  # true is an int to Python
        return self._look_whole()

    def _look_whole(self) -> bool:
        if self.is_whole or self._count is None or self._desired_heard() != self._count:
            return False
        self.is_whole = self.is_known = True
        self._wishes = {id: wish for id, wish in self._wishes.items() if id in self._heard}
        return True

    def _desired_heard(self) -> int:
        return sum(self._wishes[id].desired for id in self._heard)
