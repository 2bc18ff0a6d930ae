"""`homeguard tail` as a person sees it."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from typing import Any

import pytest

from cli.tail import lines_of
from homeguard.client import Frame
from tests.client.channel_server import ChannelServer, channel_server
from tests.waiting import until

COMMAND = "import typer; from cli.tail import tail_command; typer.run(tail_command(lambda: None, lambda: ''))"


@pytest.fixture
async def server() -> AsyncIterator[ChannelServer]:
    async with channel_server() as running:
        yield running


async def tail(*arguments: str, **environment: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMAND, *arguments, stdout=PIPE, stderr=PIPE, env={**os.environ, **environment}
    )


def alert(**data: Any) -> Frame:
    return Frame("new_alert", "alerts", 7, 6, "x", "2026-11-23T20:31:22.123Z", {"severity": "high", **data})


async def test_prints_a_line_an_event_until_interrupted(server: ChannelServer) -> None:
    server.add()
    process = await tail("alerts", "--url", server.url, "--tail", "1", HOMEGUARD_TOKEN="good")
    assert process.stdout is not None
    async with asyncio.timeout(20):
        assert b"low       cam-1             Alert 1\n" in await process.stdout.readline()
        await until(lambda: server.connections)
        await server.push()
        assert b"Alert 2" in await process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")


async def test_prints_frames_for_scripts(server: ChannelServer) -> None:
    server.add()
    process = await tail("--url", server.url, "--since", "0", "--json", "--token", "good")
    assert process.stdout is not None
    async with asyncio.timeout(20):
        assert json.loads(await process.stdout.readline())["type"] == "status"
        assert json.loads(await process.stdout.readline()) == server.events[0]
        process.send_signal(signal.SIGINT)
        await process.communicate()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--token", "bad"], "homeguard tail: the token is not valid\n"),
        ([], "homeguard tail: a token is needed: --token or HOMEGUARD_TOKEN, as `homeguard token` prints it\n"),
    ],
)
async def test_an_error_is_one_sentence(server: ChannelServer, arguments: list[str], sentence: str) -> None:
    process = await tail("--url", server.url, *arguments)
    async with asyncio.timeout(20):
        printed, errors = await process.communicate()
    assert (process.returncode, printed, errors.decode()) == (1, b"", sentence)


def test_what_publishers_wrote_cannot_steer_the_terminal() -> None:
    (line,) = lines_of(alert(device_id="cam-1", reason="\033[2Jgone\r\nfake\u009b31m", verified=True))
    assert line.isprintable()
    assert "gone" in line


def test_an_unproven_sender_is_marked() -> None:
    assert lines_of(alert(device_id="cam-1", reason="Motion"))[0].endswith("Motion  (sender not proven)")


def test_colours_only_where_asked() -> None:
    frame = alert(device_id="cam-1", reason="Motion", verified=True)
    assert "\033" not in lines_of(frame)[0]
    assert "\033[31mhigh    \033[0m" in lines_of(frame, is_coloured=True)[0]


def test_devices_gaps_and_the_rest() -> None:
    device = {"id": "cam-1", "name": "Front", "status": "online", "block": {"state": "pending"}}
    assert lines_of(Frame("device_update", "devices", data=device))[0].split() == [
        "online", "cam-1", "Front", "block", "pending",
    ]  # fmt: skip
    snapshot = Frame("snapshot", "devices", 9, data=[device], raw={"removed": ["tv-1"]})
    assert [line.split()[1] for line in lines_of(snapshot)] == ["cam-1", "tv-1"]
    gap = Frame("gap", "alerts", raw={"from": 3, "to": 6, "reason": "trimmed"})
    assert lines_of(gap)[0].split() == ["gap", "events", "3", "to", "6", "cannot", "be", "shown", "(trimmed)"]
    assert lines_of(Frame("status", "alerts", data={"broker": "online"})) == []
