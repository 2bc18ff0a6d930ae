"""Who is asking: what a verified token proves."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from homeguard.errors import NotAllowed


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

    `address` is where they ask from now, which the token does not say.
    """

    username: str
    role: Role
    session_id: str
    expires_at: datetime
    address: str | None = field(default=None, compare=False)

    def require(self, needed: Role) -> None:
        """Let pass who may.

        Raises:
            NotAllowed: the role is too small.
        """
        if not self.role.includes(needed):
            raise NotAllowed(f"this needs the role {needed.value}; {self.username} is {self.role.value}")
