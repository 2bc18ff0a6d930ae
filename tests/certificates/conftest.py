"""Certificates in a directory of one test's own, at a time that it may move."""

import pytest

from homeguard.certificates.names import LOOPBACK_NAMES
from homeguard.certificates.store import Certificates
from homeguard.clock import utc_now
from tests.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    """Now, until a test moves it."""
    clock = ManualClock()
    clock.now = utc_now()
    return clock


@pytest.fixture
def certificates(tmp_path, clock) -> Certificates:
    """An authority and a certificate for loopback."""
    made = Certificates(tmp_path / "home", clock)
    made.make_authority(LOOPBACK_NAMES)
    made.ensure_server(LOOPBACK_NAMES)
    return made
