"""Tokens that were found good a moment ago: a page opens two channels and asks REST with one token at once. No I/O."""

from collections.abc import Callable, Collection
from time import monotonic
from typing import Final

from api.auth.identity import Identity

KNOWN_SECONDS: Final = 1.0  # a session that another process ended is refused after at most this
MAX_KNOWN: Final = 10_000  # tokens; beyond it the oldest are looked at again


class KnownTokens:
    """Remembers for a second whom a token proved, and forgets at once whose session ends here."""

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        """Begin empty; `seconds` is a monotonic clock."""
        self._seconds = seconds
        self._known: dict[str, tuple[float, Identity]] = {}

    def get(self, token: str) -> Identity | None:
        """Return whom a token proved within the second, if anybody."""
        found = self._known.get(token)
        return found[1] if found is not None and self._seconds() < found[0] else None

    def put(self, token: str, identity: Identity) -> None:
        """Remember whom a token has just proved."""
        self._known.pop(token, None)
        self._known[token] = (self._seconds() + KNOWN_SECONDS, identity)
        if len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]

    def forget(self, session_ids: Collection[str]) -> None:
        """Forget the tokens of sessions that are over."""
        ended = frozenset(session_ids)
        self._known = {token: known for token, known in self._known.items() if known[1].session_id not in ended}
