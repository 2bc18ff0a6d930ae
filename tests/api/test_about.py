import platform
import sqlite3
from email.message import Message
from importlib.metadata import Distribution

import pytest
from httpx import AsyncClient

from api.licences import licence_of, packages
from api.rest.models.about import About
from homeguard import __version__
from homeguard.health import OFFLINE, ONLINE
from tests.api.conftest import Home


async def about(client: AsyncClient) -> About:
    answer = await client.get("/api/about")
    assert answer.status_code == 200
    return About.model_validate(answer.json())


async def test_about_tells_what_homeguard_runs_on(viewer: AsyncClient, home: Home) -> None:
    told = await about(viewer)
    assert (told.version, told.python) == (__version__, platform.python_version())
    assert (told.database, told.epoch) == (f"SQLite {sqlite3.sqlite_version}", home.context.journal.epoch)
    assert told.broker is None


@pytest.mark.parametrize(("state", "told"), [(ONLINE, "Mosquitto 2.0.11"), (OFFLINE, None)])
async def test_about_tells_the_broker_while_it_is_there(
    viewer: AsyncClient, home: Home, state: str, told: str | None
) -> None:
    async def version() -> str:
        return "Mosquitto 2.0.11"

    home.context.broker_version = version
    home.context.health.update(broker=state)
    assert (await about(viewer)).broker == told


async def test_about_tells_operators_how_to_publish_by_hand(
    operator: AsyncClient, viewer: AsyncClient, home: Home
) -> None:
    home.context.publish_command = "mosquitto_pub -h 127.0.0.1 -q 1"
    told = await about(operator)
    assert (told.publish_command, told.topic_prefix) == ("mosquitto_pub -h 127.0.0.1 -q 1", "homeguard")
    assert (await about(viewer)).publish_command is None  # it names a file of the machine, of no use to them


async def test_about_names_what_is_installed_and_nothing_for_developers(viewer: AsyncClient) -> None:
    found = {package.name.lower(): package for package in (await about(viewer)).licences}
    assert {"fastapi", "peewee", "pyjwt", "orjson", "starlette", "uvloop", "psycopg", "argon2-cffi-bindings"} <= set(
        found
    )
    assert not {"homeguard", "pytest", "ruff", "mypy", "hypothesis", "schemathesis"} & set(found)
    assert list(found) == sorted(found, key=lambda name: name.replace("_", "-"))
    assert found["fastapi"].licence == "MIT"
    assert found["starlette"].version.count(".") == 2
    assert packages() is packages()


class Made(Distribution):
    """A package with these lines of metadata."""

    def __init__(self, *lines: tuple[str, str]) -> None:
        self._message = Message()
        for name, value in lines:
            self._message[name] = value

    @property
    def metadata(self):
        return self._message

    def read_text(self, filename):
        return None

    def locate_file(self, path):
        return path


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([("License", "MIT License"), ("License-Expression", "MIT")], "MIT"),
        ([("License", "MIT License"), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT License"),
        (
            [
                ("License", "Copyright (c) " + "x" * 200),
                ("Classifier", "License :: OSI Approved"),
                ("Classifier", "License :: OSI Approved :: ISC License (ISCL)"),
                ("Classifier", "Typing :: Typed"),
            ],
            "ISC License (ISCL)",
        ),
        ([], None),
    ],
)
def test_a_licence_is_told_as_the_metadata_do(lines: list[tuple[str, str]], told: str | None) -> None:
    assert licence_of(Made(*lines)) == told
