"""What an enforcer is told by others: wishes from the broker, answers of a router."""

import ipaddress

from enforce.enforcer import Wish
from enforce.webhook import read_answer
from enforce.wishes import Wishes
from homeguard.errors import BadInput
from homeguard.events import ReportState

CAM = {"cam-1": Wish("cam-1", desired=True)}


def wish(data: bytes) -> None:
    """A wish is refused, or says the same when it is written and read again, with addresses that are addresses."""
    wishes = Wishes()
    wishes.begin_connection()
    wishes.hear_count(data)
    wishes.hear("cam-1", data)
    try:
        read = Wish.from_payload("cam-1", data)
    except BadInput:
        assert wishes.current == {}
        return
    assert wishes.current == {"cam-1": read}
    assert read.mac is None or len(bytes.fromhex(read.mac.replace(":", ""))) == 6
    assert all(str(ipaddress.ip_address(ip)) == ip and "%" not in ip for ip in read.ips)


def router_answer(data: bytes) -> None:
    """Whatever a router answers, a device that was asked about has a finding, or none and then it has failed."""
    for finding in read_answer(data, CAM).values():
        assert isinstance(finding.state, ReportState)
        assert finding.detail is None or 1 <= len(finding.detail) <= 500
