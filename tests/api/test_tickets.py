import pytest

from api.auth import tickets as tickets_module
from api.auth.identity import Identity, Role
from api.auth.tickets import Tickets
from homeguard.errors import BadCredentials
from tests.clock import ManualClock


@pytest.fixture
def ann(clock: ManualClock) -> Identity:
    return Identity("ann", Role.VIEWER, "s1", clock())


def test_redeem_tells_whom_a_ticket_stands_for(clock: ManualClock, ann: Identity) -> None:
    tickets = Tickets(clock)
    assert tickets.redeem(tickets.issue(ann)) == ann


def test_redeem_refuses_a_ticket_when_it_was_redeemed(clock: ManualClock, ann: Identity) -> None:
    tickets = Tickets(clock)
    ticket = tickets.issue(ann)
    tickets.redeem(ticket)
    with pytest.raises(BadCredentials):
        tickets.redeem(ticket)


def test_redeem_refuses_a_ticket_when_it_is_too_old(clock: ManualClock, ann: Identity) -> None:
    tickets = Tickets(clock)
    ticket = tickets.issue(ann)
    clock.advance(30)
    with pytest.raises(BadCredentials):
        tickets.redeem(ticket)


def test_redeem_refuses_what_was_never_issued(clock: ManualClock) -> None:
    with pytest.raises(BadCredentials):
        Tickets(clock).redeem("made up")


def test_issue_drops_the_oldest_when_there_are_too_many(
    clock: ManualClock, ann: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickets_module, "MAX_TICKETS", 3)
    tickets = Tickets(clock)
    issued = [tickets.issue(ann) for _ in range(4)]
    assert [tickets.redeem(ticket) for ticket in issued[1:]] == [ann] * 3
    with pytest.raises(BadCredentials):
        tickets.redeem(issued[0])


def test_issue_forgets_tickets_when_they_are_too_old(clock: ManualClock, ann: Identity) -> None:
    tickets = Tickets(clock)
    for _ in range(5):
        tickets.issue(ann)
    clock.advance(31)
    tickets.issue(ann)
    assert len(tickets._issued) == 1
