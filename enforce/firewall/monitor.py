"""Hears that somebody changed our tables: netlink's group of nftables, what `nft monitor` reads."""

import struct
from collections.abc import Iterator
from typing import Final

from enforce.firewall.rules import TABLE
from enforce.netlink import Groups

_NETFILTER: Final = 12  # NETLINK_NETFILTER, netlink(7)
_GROUPS: Final = 1 << (7 - 1)  # NFNLGRP_NFTABLES, linux/netfilter/nfnetlink.h
_SUBSYSTEM: Final = 10  # NFNL_SUBSYS_NFTABLES, the upper half of a message's type
_HEADER: Final = struct.Struct("=IHHII")  # nlmsghdr
_ATTRIBUTE: Final = struct.Struct("=HH")  # nlattr
_NFGENMSG_BYTES: Final = 4
_TABLE_NAME: Final = 1  # NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE, NFTA_SET_ELEM_LIST_TABLE
_ALIGNMENT: Final = 4
_OURS: Final = TABLE.encode() + b"\0"


class Monitor(Groups):
    """Wakes whoever waits when something of ours was changed, by us too: who it was is for a look to say."""

    def __init__(self) -> None:
        """Listen from now on.

        Raises:
            Unavailable: the kernel does not let us: it needs CAP_NET_ADMIN.
        """
        super().__init__(_NETFILTER, _GROUPS)

    async def wait(self) -> None:
        """Return as soon as something of ours was changed, or more was told than fits."""
        await self.told(concerns_us)


def concerns_us(data: bytes) -> bool:
    """Tell whether a datagram tells of a table of ours; what cannot be read does, to be on the safe side."""
    try:
        return any(name == _OURS for name in _table_names(data))
    except struct.error:
        return True


def _table_names(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size:
            raise struct.error("a message shorter than its header")
        if kind >> 8 == _SUBSYSTEM:
            yield from _names_in(data[at + _HEADER.size + _NFGENMSG_BYTES : at + length])
        at += _aligned(length)


def _names_in(attributes: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(attributes):
        length, kind = _ATTRIBUTE.unpack_from(attributes, at)
        if length < _ATTRIBUTE.size:
            raise struct.error("an attribute shorter than its header")
        if kind == _TABLE_NAME:
            yield attributes[at + _ATTRIBUTE.size : at + length]
        at += _aligned(length)


def _aligned(length: int) -> int:
    return (length + _ALIGNMENT - 1) // _ALIGNMENT * _ALIGNMENT
