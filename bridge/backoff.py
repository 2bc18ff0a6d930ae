"""How long to wait before trying again: longer each time, and never in step with others."""

import random


class Backoff:
    """Exponential waits with jitter, up to a limit, for ever."""

    def __init__(self, *, first_seconds: float, most_seconds: float) -> None:
        """Begin with waits of at most `first_seconds`."""
        self._first = first_seconds
        self._most = most_seconds
        self._ceiling = first_seconds

    def next(self) -> float:
        """Return the seconds to wait now: between half of the present ceiling and all of it."""
        ceiling = self._ceiling
        self._ceiling = min(self._most, ceiling * 2)
        return random.uniform(ceiling / 2, ceiling)  # noqa: S311  # jitter, not a secret

    def reset(self) -> None:
        """Begin again: it worked."""
        self._ceiling = self._first
