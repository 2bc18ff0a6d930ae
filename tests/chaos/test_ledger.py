"""A ledger is read as it was written."""

from dataclasses import asdict

from chaos.ledger import Ledger, Published, Rendered, read_rendered


def test_promises_come_back_by_number(tmp_path):
    path = tmp_path / "pub.ledger"
    Ledger(path).write({"begun": 1}, {"kept": 1, "id": "a"}, {"begun": 2})
    Ledger(path).write({"proved": 1}, {"rejected": "b"}, is_durable=True)
    assert Published.read(path) == Published({1, 2}, {1: "a"}, {1}, {"b"})


def test_what_was_rendered_comes_back_in_order_without_other_lines(tmp_path):
    path = tmp_path / "screen.ledger"
    lines = [Rendered("event", 1, 0, "e", "pub", 1, 2.5, 2.0), Rendered("gap", 5, 2, "e")]
    Ledger(path).write(asdict(lines[0]), {"storage_offline": "disk full"}, asdict(lines[1]))
    assert read_rendered(path) == lines


def test_ledger_that_was_never_begun_is_empty(tmp_path):
    assert read_rendered(tmp_path / "none") == []
    assert Published.read(tmp_path / "none") == Published()
