"""A journal on SQLite for what enforcers report."""

import pytest

from homeguard.journal import Journal
from tests.journal.intake import Desk


@pytest.fixture
def journal(tmp_path):
    journal = Journal.open(str(tmp_path / "journal.db"))
    yield journal
    journal.close()


@pytest.fixture
def desk(journal):
    return Desk(journal)
