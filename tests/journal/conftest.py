"""A journal of its own for each test, on SQLite and on PostgreSQL."""

import pytest

from homeguard.journal import Journal
from tests.clock import ManualClock
from tests.journal.intake import Desk


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def journal(journal_url, clock):
    journal = Journal.open(journal_url, clock=clock)
    yield journal
    journal.close()


@pytest.fixture
def desk(journal):
    return Desk(journal)
