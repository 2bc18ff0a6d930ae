"""Whether HomeGuard's parts work now; the bridge and the journal say so, screens and probes read it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

ONLINE: Final = "online"
OFFLINE: Final = "offline"


@dataclass(frozen=True, slots=True)
class HealthState:
    """One moment's answer. `lag_seconds` is how far ingest is behind the broker, in whole seconds."""

    bridge: str = OFFLINE
    broker: str = OFFLINE
    storage: str = ONLINE
    lag_seconds: int = 0
    reason: str | None = None

    @property
    def is_ready(self) -> bool:
        """Say whether an event published now would be stored and shown."""
        return (self.bridge, self.broker, self.storage) == (ONLINE, ONLINE, ONLINE)

    def to_json(self) -> dict[str, Any]:
        """Write it as the `data` of a `status` frame."""
        return asdict(self)


class Health:
    """The present state, and who wants to know when it changes. Belongs to the event loop."""

    def __init__(self) -> None:
        """Begin with what is true before the bridge has connected."""
        self.state = HealthState()
        self._listeners: list[Callable[[HealthState], None]] = []

    def on_change(self, listener: Callable[[HealthState], None]) -> None:
        """Call with the new state whenever it changes."""
        self._listeners.append(listener)

    def update(self, **changes: Any) -> None:
        """Change fields of the state; tells the listeners only where something is different."""
        if any(getattr(self.state, name) != value for name, value in changes.items()):
            self.state = replace(self.state, **changes)
            for listener in self._listeners:
                listener(self.state)
