"""Who is asking: what a verified token proves."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from homeguard.errors import NotAllowed
from homeguard.events import Channel, listed


class Role(StrEnum):
    """What a user may do: each role may also do what the ones before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, needed: "Role") -> bool:
        """Say whether this role may do what `needed` may."""
        roles = list(Role)
        return roles.index(self) >= roles.index(needed)


@dataclass(frozen=True, slots=True)
class Identity:
    """A user as a token proves them, until `expires_at`; `session_id` names the sign-in that can be revoked.

    What their token does not say is added when they ask: the `channels` that they may read (none before it is known),
    and the `address` that they ask from.
    """

    username: str
    role: Role
    session_id: str
    expires_at: datetime
    channels: frozenset[Channel] = frozenset()
    address: str | None = field(default=None, compare=False)

    def require(self, needed: Role) -> None:
        """Let pass who may.

        Raises:
            NotAllowed: the role is too small.
        """
        if not self.role.includes(needed):
            raise NotAllowed(f"this needs the role {needed.value}; {self.username} is {self.role.value}")

    def require_channel(self, channel: Channel) -> None:
        """Let pass who may read a channel, and what is told on it.

        Raises:
            NotAllowed: it is not one of theirs.
        """
        if channel not in self.channels:
            theirs = " and ".join(listed(self.channels))
            raise NotAllowed(f"{self.username} may not read {channel.value}" + (f", only {theirs}" if theirs else ""))
