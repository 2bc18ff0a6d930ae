"""What the tests of both kinds of device share."""

import pytest

from homeguard.client import Device
from tests.client.kinds import AnyKind, MakeDevice, Threaded, maker

KINDS = {"asyncio": Device, "threads": Threaded}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> type[AnyKind]:
    """Return `Device`, and `SyncDevice` behind the same face."""
    chosen: type[AnyKind] = KINDS[request.param]
    return chosen


@pytest.fixture
def make_device(kind: type[AnyKind]) -> MakeDevice:
    """Make devices of either kind: `make_device(broker, id="cam-1", outbox=":memory:", …)`."""
    return maker(kind)
