"""The channels over TLS, on the loop that HomeGuard runs on: the same promises, kept by another transport."""

import asyncio
import inspect

import pytest
import uvloop

from homeguard.certificates.names import LOOPBACK_NAMES
from homeguard.certificates.store import Certificates
from homeguard.certificates.tls import client_context, load_pair, server_context
from tests.clock import ManualClock
from tests.live import test_endpoint as plain
from tests.live.conftest import frames_of, open_door
from tests.waiting import until

PROMISES = [
    plain.test_alert_reaches_every_screen_and_no_screen_of_another_channel,
    plain.test_resume_brings_what_was_missed_once_and_in_order,
    plain.test_devices_begin_with_a_snapshot_and_come_back_with_what_changed,
    plain.test_expired_token_is_refused,
    plain.test_flood_is_closed_and_others_hear_on,
    plain.test_message_of_a_mebibyte_is_closed_with_1009,
    plain.test_token_warns_and_then_closes,
    plain.test_fresh_token_extends_the_living_connection,
    plain.test_ended_session_is_closed_and_others_stay,
    plain.test_client_that_vanished_is_forgotten,
    plain.test_client_that_does_not_read_slows_nobody_and_misses_nothing,
]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    made = Certificates(tmp_path_factory.mktemp("tls"))
    made.make_authority(LOOPBACK_NAMES)
    made.ensure_server(LOOPBACK_NAMES)
    return made


def run(certificates, tmp_path, scenario, server_tls=None):
    """Run a scenario against a server with TLS, on uvloop."""
    clock = ManualClock()
    given = {"clock": clock} if "clock" in inspect.signature(scenario).parameters else {}

    async def main():
        contexts = (
            server_tls or server_context(certificates.files.server),
            client_context(certificates.files.authority.certificate),
        )
        async with open_door(tmp_path, clock, *contexts) as door:
            await scenario(door, **given)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__.removeprefix("test_"))
def test_over_tls(certificates, tmp_path, promise):
    run(certificates, tmp_path, promise)


def test_plain_http_is_hung_up_on_and_the_next_client_is_served(certificates, tmp_path, caplog):
    async def scenario(door):
        host, _, port = door.host.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET / HTTP/1.1\r\nHost: {door.host}\r\n\r\n".encode())
        async with asyncio.timeout(5):
            said = await reader.read()
        writer.close()
        assert b"HTTP" not in said  # at most an alert of TLS
        async with door.open("/ws/alerts", await door.token()) as websocket:
            assert (await frames_of(websocket, 1))[0]["type"] == "hello"

    run(certificates, tmp_path, scenario)
    assert "Traceback" not in caplog.text


def test_renewed_certificate_is_shown_to_who_comes_next_and_open_connections_stay(certificates, tmp_path):
    context = server_context(certificates.files.server)

    async def scenario(door):
        token = await door.token()
        async with door.open("/ws/alerts", token) as before:
            serial = serial_of(before)
            certificates.renew_server(LOOPBACK_NAMES)
            load_pair(context, certificates.files.server)
            async with door.open("/ws/alerts", token) as after:
                assert serial_of(after) != serial
            await frames_of(before, 2)
            await door.desk.take(("alerts", plain.ALERT))
            assert (await frames_of(before, 1))[0]["type"] == "new_alert"

    run(certificates, tmp_path, scenario, context)


def serial_of(websocket):
    return websocket.transport.get_extra_info("ssl_object").getpeercert()["serialNumber"]


def test_client_that_stalls_costs_little_over_tls_too(certificates, tmp_path):
    """What a client does not read waits in the kernel and, once, in two buffers; the log keeps the rest for it."""

    async def scenario(door):
        async with door.open("/ws/alerts", await door.token(), max_queue=1) as stalled:
            await frames_of(stalled, 2)
            stalled.transport.pause_reading()
            (line,) = door.fanout.everybody()
            protocol = line._socket
            batch = [("alerts", plain.ALERT | {"details": {"x": "y" * 2000}})] * 100
            for _ in range(20):
                await door.desk.take(*batch)
            await until(lambda: line.send_now is None)  # it counts as full
            waiting = protocol.transport.get_write_buffer_size()
            for _ in range(20):
                await door.desk.take(*batch)
            assert protocol.transport.get_write_buffer_size() <= waiting
            stalled.transport.abort()

    run(certificates, tmp_path, scenario)
