"""Recovery counts from the kill until every screen is back, but those that were struck themselves."""

from chaos.ledger import Rendered
from chaos.plan import Kind, Struck
from chaos.recovery import Screen, next_event, recoveries, younger_alert

KILL = Struck(Kind.KILL_BRIDGE, "bridge", 10.0, 10.0)


def screen(*alerts, greeted=()):
    return Screen([Rendered("event", 1, 0, "e", "pub", 1, at, born) for at, born in alerts], list(greeted))


def measured(faults, screens, back=younger_alert):
    return [(one.seconds, one.is_alone) for one in recoveries(Kind.KILL_BRIDGE, faults, screens, back)]


def test_alert_raised_before_the_kill_does_not_count():
    assert measured([KILL], {"one": screen((9.0, 8.0), (11.0, 9.5), (12.5, 10.5))}) == [(2.5, True)]


def test_next_event_counts_only_over_a_new_connection():
    one = screen((9.0, 8.0), (10.1, 9.9), (11.0, 9.5), greeted=[1.0, 10.5])
    assert measured([KILL], {"one": one}, next_event) == [(1.0, True)]


def test_kill_that_nobody_came_back_from_is_left_out():
    assert measured([KILL], {"one": screen((9.0, 8.0))}) == []
    assert measured([KILL], {"one": screen((9.0, 8.0), (11.0, 10.5), greeted=[1.0])}, next_event) == []
    assert measured([KILL], {"one": screen((9.0, 8.0), greeted=[1.0, 10.5])}, next_event) == []


def test_the_last_screen_counts():
    assert measured([KILL], {"one": screen((11.0, 10.5)), "two": screen((13.0, 10.5))}) == [(3.0, True)]


def test_screen_that_was_struck_itself_does_not_count():
    stall = Struck(Kind.STALL_SCREEN, "two", 9.0, 12.0)
    assert measured([KILL, stall], {"one": screen((11.0, 10.5)), "two": screen((13.0, 10.5))}) == [(1.0, True)]


def test_kill_is_not_alone_while_something_else_is_broken():
    lock = Struck(Kind.LOCK_DATABASE, "journal", 10.8, 20.8)
    assert measured([KILL, lock], {"one": screen((11.0, 10.5))}) == [(1.0, False)]


def test_slow_recovery_is_alone_although_the_next_fault_falls_into_it():
    next_fault = Struck(Kind.CUT, "all connections", 13.0, 13.5)
    assert measured([KILL, next_fault], {"one": screen((18.0, 10.5))}) == [(8.0, True)]


def test_other_kinds_are_not_measured():
    broker = Struck(Kind.KILL_BROKER, "broker", 2.0, 2.0)
    assert measured([broker, KILL], {"one": screen((11.0, 10.5))}) == [(1.0, True)]
