"""A journal on SQLite for the bridge; the journal's own tests run on both databases."""

import pytest

from homeguard.journal import Journal
from tests.doctor.conftest import yours
from tests.journal.intake import Desk

__all__ = ["yours"]


@pytest.fixture
def journal(tmp_path):
    journal = Journal.open(str(tmp_path / "journal.db"))
    yield journal
    journal.close()


@pytest.fixture
def desk(journal):
    return Desk(journal)
