"""How long to wait before trying again: any time up to a rising limit, so that a crowd never comes in step."""

import random
from typing import Final

STABLE_SECONDS: Final = 10.0  # a connection that lived this long worked; the next wait is a short one again


class Backoff:
    """Exponential waits with full jitter, up to a limit, for ever."""

    def __init__(self, first_seconds: float = 0.5, most_seconds: float = 30.0) -> None:
        """Begin with waits of at most `first_seconds`."""
        self._first = first_seconds
        self._most = most_seconds
        self._ceiling = first_seconds

    def next(self) -> float:
        """Return the seconds to wait now."""
        ceiling = self._ceiling
        self._ceiling = min(self._most, ceiling * 2)
        return random.uniform(0, ceiling)  # noqa: S311  # jitter, not a secret

    def reset(self) -> None:
        """Begin again: it worked."""
        self._ceiling = self._first
