import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforce.firewall.monitor import Monitor, concerns_us
from tests.enforce.netns import ROUTED
from tests.waiting import until


def message(table, kind=0x0A02, attribute=1):
    name = table.encode() + b"\0"
    attributes = struct.pack("=HH", 4 + len(name), attribute) + name + b"\0" * (-len(name) % 4)
    body = b"\0" * 4 + attributes
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


def test_our_table_among_others_is_found():
    assert concerns_us(message("homeguard"))
    assert concerns_us(message("theirs") + message("homeguard"))


FOREIGN = message("homeguard", kind=0x0102)  # of conntrack
ELSEWHERE = message("homeguard", attribute=2)


@pytest.mark.parametrize("data", [b"", message("theirs"), message("homeguard2"), FOREIGN, ELSEWHERE])
def test_what_is_not_ours_is_no_news(data):
    assert not concerns_us(data)


HEADER_ALONE = struct.pack("=IHHII", 24, 0x0A02, 0, 0, 0) + b"\0" * 4


@pytest.mark.parametrize("data", [b"\1", struct.pack("=IHHII", 0, 0x0A02, 0, 0, 0), HEADER_ALONE + b"\1\0\1\0"])
def test_what_cannot_be_read_counts_as_ours(data):
    assert concerns_us(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data):
    assert concerns_us(data) in {True, False}


async def test_the_kernels_own_words_are_heard_and_those_of_others_are_not(make_home):
    home = make_home(ROUTED)
    with home.gateway.entered(), Monitor() as monitor:
        waiting = asyncio.create_task(monitor.wait())
        home.gateway.nft("add table inet theirs\nadd chain inet theirs a\nadd rule inet theirs a counter")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await asyncio.shield(waiting)
        home.gateway.nft("add table inet homeguard")
        await until(waiting.done, 2)


async def test_more_than_fits_counts_as_news(make_home):
    home = make_home(ROUTED)
    many = ", ".join(f"10.{n >> 8}.{n & 255}.1" for n in range(30000))
    with home.gateway.entered(), Monitor() as monitor:
        home.gateway.nft("add table inet theirs\nadd set inet theirs a { type ipv4_addr; }")
        home.gateway.nft(f"add element inet theirs a {{ {many} }}")
        async with asyncio.timeout(2):
            await monitor.wait()
