"""The errors of HomeGuard, branched by who must act; they know neither HTTP nor MQTT."""

from collections.abc import Sequence
from dataclasses import dataclass


class HomeGuardError(Exception):
    """Root of every error that HomeGuard raises on purpose."""


class BadInput(HomeGuardError):
    """What was sent cannot be accepted; the sender must change it.

    `field` names the place in the sender's own words (`reason`, `details.x`), or is None for the whole of it.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(BadInput):
    """What was asked for does not exist."""


class Conflict(BadInput):
    """What was asked for contradicts what is stored."""


class Spoofed(BadInput):
    """A sender that the topic proves has named another device than itself."""

    def __init__(self, message: str, *, field: str, sender: str, claimed: str) -> None:
        super().__init__(message, field=field)
        self.sender = sender
        self.claimed = claimed


class Blocked(BadInput):
    """The device is blocked, and what it says is not taken until it is free; it is not told, so that it asks again."""


class NotAllowed(HomeGuardError):
    """The user is known but may not do this."""


class Misdirected(NotAllowed):
    """What was asked is meant for somebody of another name."""


class BadCredentials(NotAllowed):
    """The user is not known, or what was shown does not prove it."""


class TokenExpired(BadCredentials):
    """The token was good and has ended; a fresh one helps."""


class Unavailable(HomeGuardError):
    """A neighbour (database, broker) cannot serve now; waiting helps."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} is unavailable: {why}")
        self.what = what
        self.why = why


class NotAvailable(HomeGuardError):
    """What was asked for cannot be had as HomeGuard is set up; the message says what is missing and what to do."""


class TooMany(HomeGuardError):
    """Somebody asks more often, or holds more, than they may; less of it, or waiting, helps."""

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Misconfigured(HomeGuardError):
    """HomeGuard cannot start as it is set up; the admin must change a setting, a file or the machine."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field of a larger input, for errors that list several."""

    field: str
    message: str


class BadFields(BadInput):
    """Several fields are wrong; `errors` names each."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = tuple(errors)
