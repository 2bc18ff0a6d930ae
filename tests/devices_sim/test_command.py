"""`homeguard sim` with a broker of one's own."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE

import pytest
import typer
from typer.testing import CliRunner

from cli.sim import sim_command
from homeguard.errors import Unavailable
from tests.brokers import RunningBroker
from tests.client.standin import stand_in
from tests.waiting import until

COMMAND = "import typer; from cli.sim import sim_command; typer.run(sim_command())"


async def test_lives_until_interrupted(broker: RunningBroker) -> None:
    account = broker.device("cam-1")
    url = f"mqtt://{account.username}:{account.password}@{broker.host}:{broker.port}"
    async with stand_in(broker) as bridge:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", COMMAND, "--devices", "1", "--seed", "3", "--mqtt-url", url, stdout=PIPE, stderr=PIPE
        )
        await until(lambda: bridge.on("devices/cam-1/availability") == ["online"], timeout=20)
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            printed, errors = await process.communicate()
        await until(lambda: bridge.on("devices/cam-1/availability") == ["online", "offline"])
    assert (process.returncode, errors) == (0, b"")
    assert b"1 devices live quiet_home" in printed
    assert account.password.encode() not in printed


@pytest.mark.parametrize("url", ["", "127.0.0.1", "http://a:b@c", "mqtt://127.0.0.1", "mqtt://a:b@c:port"])
def test_a_wrong_broker_is_one_sentence(url: str) -> None:
    app = typer.Typer()
    app.command()(sim_command())
    result = CliRunner().invoke(app, ["--mqtt-url", url])
    assert result.exit_code == 1
    assert result.stderr.startswith("homeguard sim: ")
    assert len(result.stderr.splitlines()) == 1


def test_credentials_that_cannot_be_had_are_one_sentence() -> None:
    def nothing(ids: object) -> tuple[str, int, dict[str, str]]:
        raise Unavailable("the broker", "it is not running")

    app = typer.Typer()
    app.command()(sim_command(nothing))
    result = CliRunner().invoke(app, [])
    assert (result.exit_code, result.stderr) == (1, "homeguard sim: the broker is unavailable: it is not running\n")
