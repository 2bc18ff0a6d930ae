"""What a check has found: a state, a sentence, and where something is wrong what it costs and how to mend it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from cli.doctor.home import Home


class State(StrEnum):
    """How bad it is."""

    FINE = "fine"
    WARNING = "warning"  # nothing is lost by this alone
    LOSS = "loss"  # events, or the control over them, would be lost
    UNSEEN = "unseen"  # could not look


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen. `would_lose` says what it costs; `mend` is one line that can be pasted into a shell."""

    state: State
    what: str
    would_lose: str | None = None
    mend: str | None = None


Check = Callable[[Home], Iterator[Finding]]


def counted(number: int, word: str) -> str:
    """Write a number of things."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def fine(what: str) -> Finding:
    """Say that all is well."""
    return Finding(State.FINE, what)


def warning(what: str, *, would_lose: str, mend: str | None = None) -> Finding:
    """Say what should be otherwise, though nothing is lost by it alone."""
    return Finding(State.WARNING, what, would_lose, mend)


def loss(what: str, *, would_lose: str, mend: str | None = None) -> Finding:
    """Say what makes HomeGuard lose something."""
    return Finding(State.LOSS, what, would_lose, mend)


def unseen(what: str, *, mend: str | None = None) -> Finding:
    """Say what could not be looked at, and how to make it visible."""
    return Finding(State.UNSEEN, what, None, mend)
