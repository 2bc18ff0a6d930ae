"""The broker's enforcer where its pass breaks off: whoever was thrown off by it is tidied up after all the same."""

import asyncio
from contextlib import suppress

import pytest

from enforce.broker import BrokerEnforcer
from enforce.enforcer import Wish
from homeguard.errors import Unavailable
from homeguard.topics import Topics
from tests.waiting import until

CAM = {"cam-1": Wish("cam-1", desired=True, command_id="c1")}


class Accounts:
    """Accounts at a broker that goes away as soon as it has disabled one."""

    def __init__(self):
        self.enabled = {"cam-1": True}
        self.is_away = False
        self.goes_away = True

    async def accounts(self):
        if self.is_away:
            raise Unavailable("the broker", "it went away")
        return dict(self.enabled)

    async def disable(self, device_ids):
        self.enabled |= dict.fromkeys(device_ids, False)
        self.is_away = self.goes_away

    async def enable(self, device_ids):
        self.enabled |= dict.fromkeys(device_ids, True)


class Bus:
    """What was said and dropped."""

    def __init__(self):
        self.said = {}
        self.dropped = []

    async def say(self, topic, payload, *, retain=False):
        self.said[topic] = payload

    async def drop_session(self, client_id):
        self.dropped.append(client_id)


async def test_whoever_was_thrown_off_by_a_pass_that_broke_off_is_tidied_up_after():
    accounts, bus = Accounts(), Bus()
    enforcer = BrokerEnforcer(accounts, Topics())
    enforcer.bus = bus
    await enforcer.enforce({})  # the first pass of all is over
    watching = asyncio.create_task(enforcer.watch(lambda why: None))
    with pytest.raises(Unavailable):
        await enforcer.enforce(CAM)
    accounts.is_away = False
    found = await enforcer.enforce(CAM)
    assert found["cam-1"].state == "enforced"
    await until(lambda: bus.dropped)
    assert (bus.dropped, bus.said["homeguard/devices/cam-1/availability"]) == (["cam-1"], b"offline")
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
