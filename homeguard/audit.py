"""The vocabulary of the audit: what somebody did that the household may ask about later, and who somebody is."""

from enum import StrEnum
from typing import Final

CLI: Final = "cli"  # whoever may read the data directory, by a command of this machine
TIMER: Final = "timer"  # a time that somebody set has come
HOMEGUARD: Final = "homeguard"  # HomeGuard itself
NOT_USERNAMES: Final = frozenset({CLI, TIMER, HOMEGUARD})  # else a user of that name could do things in their name


class Action(StrEnum):
    """What is kept in the audit; acknowledging an alert is an event of its channel already, and is not."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    TOKEN_REUSED = "token_reused"  # noqa: S105
    TOKEN_MADE = "token_made"  # noqa: S105
    SESSION_ENDED = "session_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    USER_ADDED = "user_added"
    USER_CHANGED = "user_changed"
    USER_REMOVED = "user_removed"
    DEVICE_ADDED = "device_added"
    DEVICE_CHANGED = "device_changed"
    DEVICE_REMOVED = "device_removed"
    DEVICE_ROTATED = "device_rotated"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    KEY_ROTATED = "key_rotated"
    ACCOUNT_REPAIRED = "account_repaired"
    RESTORED = "restored"
