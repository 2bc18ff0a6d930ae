"""A journal on SQLite for what enforcers report, as the bridge's tests have it."""

from tests.bridge.conftest import desk, journal

__all__ = ["desk", "journal"]
