"""The outbox on a real file, and the courier that decides what to send from it."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from homeguard.client import outbox as outboxes
from homeguard.client.courier import Courier
from homeguard.client.outbox import Entry, Number, Outbox, OutboxFull
from homeguard.errors import BadInput, Unavailable


def numbered(number: Number) -> bytes:
    return str(number.seq).encode()


def test_keeps_order_over_a_restart(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    for id in ("a", "b", "c"):
        outbox.add(id, numbered)
    outbox.close()
    again = Outbox(tmp_path / "outbox")
    assert [entry.id for entry in again.after(0, 10)] == ["a", "b", "c"]
    assert again.remove(["b", "unknown"]) == [Entry(2, "b", b"2")]
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
    outbox.add("a", numbered)
    outbox.remove(["a"])
    outbox.add("b", numbered)
    assert [entry.n for entry in outbox.after(0, 10)] == [2]
    outbox.close()


def test_refuses_when_full_and_takes_again_when_proved(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox", max_alerts=1)
    outbox.add("a", numbered)
    with pytest.raises(OutboxFull):
        outbox.add("b", numbered)
    outbox.remove(["a"])
    outbox.add("b", numbered)
    outbox.close()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("not a database, but long enough to be looked at by SQLite" * 20)
    with pytest.raises(Unavailable, match="outbox") as caught:
        Outbox(tmp_path / "outbox").add("a", numbered)
    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)


def numbers_of(outbox: Outbox) -> list[tuple[str, bytes]]:
    return [(entry.id, entry.payload) for entry in outbox.after(0, 100)]


def boot_of(path: Path | str) -> str:
    boots: list[str] = []

    def write(number: Number) -> bytes:
        boots.append(number.boot)
        return b""

    outbox = Outbox(path)
    outbox.add("asked", write)
    outbox.remove(["asked"])
    outbox.close()
    return boots[0]


def test_numbers_rise_by_one_over_restarts_also_when_all_was_proved(tmp_path: Path) -> None:
    for expected in (b"1", b"2", b"3"):
        outbox = Outbox(tmp_path / "outbox")
        outbox.add("a", numbered)
        assert numbers_of(outbox) == [("a", expected)]
        outbox.remove(["a"])
        outbox.close()


def test_what_was_not_taken_has_no_number(tmp_path: Path) -> None:
    def refuse(number: Number) -> bytes:
        raise BadInput("too rude")

    outbox = Outbox(tmp_path / "outbox", max_alerts=2)
    outbox.add("a", numbered)
    with pytest.raises(BadInput):
        outbox.add("b", refuse)
    with pytest.raises(Unavailable, match="UNIQUE"):
        outbox.add("a", numbered)
    outbox.add("c", numbered)
    with pytest.raises(OutboxFull):
        outbox.add("d", numbered)
    outbox.remove(["a"])
    outbox.add("e", numbered)
    assert numbers_of(outbox) == [("c", b"2"), ("e", b"3")]
    outbox.close()


def test_a_numbering_lasts_as_long_as_its_file(tmp_path: Path) -> None:
    first = boot_of(tmp_path / "outbox")
    assert 1 <= len(first) <= 64
    assert boot_of(tmp_path / "outbox") == first
    for file in tmp_path.iterdir():
        file.unlink()
    assert boot_of(tmp_path / "outbox") != first
    assert boot_of(":memory:") != boot_of(":memory:")


def test_a_file_that_was_deleted_after_a_kill_begins_anew(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    outbox.add("a", numbered)
    left = shutil.copytree(tmp_path, tmp_path / "left")  # as a killed process leaves it, with its write-ahead log
    outbox.close()
    assert (left / "outbox-wal").stat().st_size > 0
    (left / "outbox").unlink()
    again = Outbox(left / "outbox")
    again.add("b", numbered)
    assert numbers_of(again) == [("b", b"1")]
    again.close()


def test_a_file_of_before_there_were_numbers_is_taken_over(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "outbox")) as old, old:
        old.execute(
            "CREATE TABLE outbox (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, payload BLOB NOT NULL)"
        )
        old.execute("INSERT INTO outbox (id, payload) VALUES ('old', '{}')")
    outbox = Outbox(tmp_path / "outbox")
    outbox.add("new", numbered)
    assert [(entry.n, entry.id) for entry in outbox.after(0, 10)] == [(1, "old"), (2, "new")]
    assert outbox.after(1, 10)[0].payload == b"1"
    outbox.close()


def test_many_threads_get_a_number_each(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: outbox.add(f"id-{name}", numbered), range(40)))
    assert [entry.payload for entry in outbox.after(0, 100)] == [str(seq).encode() for seq in range(1, 41)]
    outbox.close()


def test_a_file_that_another_process_holds_is_told_and_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "BUSY_SECONDS", 0.05)
    outbox = Outbox(tmp_path / "outbox")
    outbox.add("a", numbered)
    with closing(sqlite3.connect(tmp_path / "outbox", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unavailable, match="database is locked"):
            outbox.add("b", numbered)
    outbox.add("c", numbered)
    assert numbers_of(outbox) == [("a", b"1"), ("c", b"2")]
    outbox.close()


def test_a_disk_that_is_full_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    outbox.add("a", numbered)
    assert outbox._connection is not None
    (pages,) = outbox._connection.execute("PRAGMA page_count").fetchone()
    outbox._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Unavailable, match="full"):
        outbox.add("b", lambda number: bytes(65536))
    outbox.add("c", numbered)
    assert numbers_of(outbox) == [("a", b"1"), ("c", b"2")]
    outbox.close()


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
