"""The real neighbours that tests share: a broker, PostgreSQL, and the databases a journal runs on."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import RunningBroker
from tests.postgres import PostgresServer, require_programs

OwnBroker = Callable[..., RunningBroker]


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the HOMEGUARD_* variables of whoever runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith("HOMEGUARD_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    """A broker shared by the session, with accounts for tests.brokers.DEVICE_IDS. Do not kill it: see own_broker."""
    with RunningBroker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[OwnBroker]:
    """Make brokers for one test alone, which may kill them: `own_broker(port=…, lan=…, device_ids=…)`, started.

    Each has the data directory `tmp_path / "broker-data"` unless `data_dir` says otherwise.
    """
    made: list[RunningBroker] = []

    def make(data_dir: Path | None = None, **options: Any) -> RunningBroker:
        running = RunningBroker(data_dir or tmp_path / "broker-data", **options)
        made.append(running)
        return running.start()

    yield make
    for running in reversed(made):
        running.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL shared by the session."""
    server = PostgresServer(require_programs())
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, for one test."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def journal_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty journal may be opened: once a path for SQLite, once a URL for PostgreSQL."""
    return str(request.getfixturevalue("postgres_url")) if request.param == "postgres" else str(tmp_path / "journal.db")
