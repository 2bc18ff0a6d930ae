"""The outbox on a real file, and the courier that decides what to send from it."""

import sqlite3
from pathlib import Path

import pytest

from homeguard.client.courier import Courier
from homeguard.client.outbox import Entry, Outbox, OutboxFull
from homeguard.errors import Unavailable


def test_keeps_order_over_a_restart(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    for id in ("a", "b", "c"):
        outbox.add(id, id.encode())
    outbox.close()
    again = Outbox(tmp_path / "outbox")
    assert [entry.id for entry in again.after(0, 10)] == ["a", "b", "c"]
    assert again.remove(["b", "unknown"]) == [Entry(2, "b", b"b")]
    assert [entry.id for entry in again.after(0, 10)] == ["a", "c"]
    assert [entry.id for entry in again.after(1, 1)] == ["c"]
    assert again.count() == 2
    again.close()


def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    outbox.count()
    assert outbox._connection is not None
    assert outbox._connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    outbox.close()


def test_numbers_are_never_used_again(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    outbox.add("a", b"")
    outbox.remove(["a"])
    outbox.add("b", b"")
    assert [entry.n for entry in outbox.after(0, 10)] == [2]
    outbox.close()


def test_refuses_when_full_and_takes_again_when_proved(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox", max_alerts=1)
    outbox.add("a", b"")
    with pytest.raises(OutboxFull):
        outbox.add("b", b"")
    outbox.remove(["a"])
    outbox.add("b", b"")
    outbox.close()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("not a database, but long enough to be looked at by SQLite" * 20)
    with pytest.raises(Unavailable, match="outbox") as caught:
        Outbox(tmp_path / "outbox").add("a", b"")
    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)


def entry(n: int) -> Entry:
    return Entry(n, f"id-{n}", b"")


def test_courier_sends_a_window_then_waits() -> None:
    courier = Courier(window=2, first_patience_seconds=5)
    assert (courier.room, courier.deadline) == (2, None)
    courier.sent(entry(1), now=10)
    courier.sent(entry(2), now=11)
    assert (courier.room, courier.cursor, courier.deadline) == (0, 2, 15)
    courier.answered("id-1")
    assert (courier.room, courier.deadline) == (1, 16)


def test_courier_probes_with_the_oldest_alone_and_ever_later() -> None:
    courier = Courier(window=3, first_patience_seconds=5)
    for n in (4, 5, 6):
        courier.sent(entry(n), now=0)
    assert not courier.give_up_waiting(now=4.9)
    assert courier.give_up_waiting(now=5)
    assert (courier.cursor, courier.room) == (3, 1)
    courier.sent(entry(4), now=5)
    assert (courier.room, courier.deadline) == (0, 15)
    for _ in range(10):
        now = courier.deadline or 0
        assert courier.give_up_waiting(now)
        courier.sent(entry(4), now)
    assert courier.deadline == now + 60
    courier.answered("id-4")
    assert (courier.cursor, courier.room) == (4, 3)


def test_courier_takes_late_answers() -> None:
    courier = Courier(window=2, first_patience_seconds=5)
    courier.sent(entry(1), now=0)
    courier.give_up_waiting(now=5)
    courier.answered("id-1")
    assert (courier.room, courier.deadline) == (2, None)
