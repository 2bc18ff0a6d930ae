"""Our link against a real Mosquitto, killed in every state, and against peers that are silent, slow or wrong."""

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import mqtt5
import pytest

from bridge.address import Address
from bridge.aiomqtt_link import AiomqttLink
from bridge.inbox import MAX_BYTES_WAITING, MAX_SAFE_WAITING, MAX_UNSAFE_WAITING, Inbox
from bridge.link import BrokerUnavailable, Message, PublishRefused, Will
from bridge.mqtt_link import MqttLink
from tests.bridge.running import address_of, connected, publish
from tests.ports import free_port
from tests.tls import make_certificate
from tests.waiting import until

EVERYTHING = "homeguard/#"

both_links = pytest.mark.parametrize("connect", [MqttLink.connect, AiomqttLink.connect], ids=["mqtt5", "aiomqtt"])


def stranger(broker):
    """An account that may read and write little."""
    return Address(broker.host, broker.port, "test", broker.operator.username, broker.operator.password)


async def payloads(link, count):
    """Take, and do not acknowledge, so many messages."""
    taken: list[Message] = []
    async with asyncio.timeout(10):
        while len(taken) < count:
            taken += await link.receive(500)
    return taken


@asynccontextmanager
async def cut(link):
    """Cut the line without a word when leaving."""
    try:
        yield
    finally:
        link._transport.abort()
        async with asyncio.timeout(5):
            await link.wait_lost()


@asynccontextmanager
async def peer(talk, **options):
    """A server on a free port that is no broker; yields its address."""
    talks: set[asyncio.Task[Any]] = set()

    async def serve(reader, writer):
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await talk(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, **options)
    try:
        yield Address("127.0.0.1", server.sockets[0].getsockname()[1], "bridge")
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def saying(*data, then=None):
    """A peer that answers whatever comes first with these bytes, then does something, then listens for ever."""

    async def talk(reader, writer):
        for piece in data:
            await reader.read(65_536)
            writer.write(piece)
        if then is not None:
            await then(reader, writer)
        with suppress(ConnectionError):
            while await reader.read(65_536):
                pass

    return talk


CONNACK = mqtt5.ConnAckPacket().write()
SHUTTING_DOWN = mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode.SERVER_SHUTTING_DOWN).write()

# -- kills in every state --


async def test_connection_to_nobody_says_where_and_why():
    address = Address("127.0.0.1", free_port(), "bridge")
    with pytest.raises(BrokerUnavailable, match=f"cannot connect to 127.0.0.1:{address.port}: Connection refused"):
        async with MqttLink.connect(address):
            pass


async def test_broker_that_dies_while_we_connect_is_unavailable():
    async def die(_, writer):
        writer.close()

    async with peer(die) as address:
        with pytest.raises(BrokerUnavailable, match=r"it has closed the connection|Connection reset"):
            async with MqttLink.connect(address):
                pass


@both_links
async def test_kill_while_subscribed_ends_the_wait_and_the_session_survives(own_broker, connect):
    broker = own_broker()
    with pytest.raises(BrokerUnavailable):
        async with connect(address_of(broker), None) as link:
            await link.subscribe(EVERYTHING)
            waiting = asyncio.create_task(link.receive(10))
            lost = asyncio.create_task(link.wait_lost())
            await publish(broker, "alerts", b"{}")
            async with asyncio.timeout(10):
                link.acknowledge(await waiting)
            broker.kill()
            async with asyncio.timeout(20):
                await lost
                await link.receive(10)


@both_links
async def test_messages_received_and_not_acknowledged_come_again_in_order(own_broker, connect):
    broker = own_broker()
    async with connect(address_of(broker), None) as link:
        await link.subscribe(EVERYTHING)
        for number in range(5):
            await publish(broker, "alerts", b"%d" % number)
        first = await payloads(link, 5)
        link.acknowledge(first[:2])
    async with connect(address_of(broker), None) as link:
        again = await payloads(link, 3)
        assert link.session_present
    assert [(message.payload, message.is_resend, message.mid) for message in again] == [
        (message.payload, True, message.mid) for message in first[2:]
    ]


async def test_line_cut_before_an_acknowledgement_left_brings_the_message_again(own_broker):
    broker = own_broker()
    async with MqttLink.connect(address_of(broker)) as link:
        await link.subscribe(EVERYTHING)
        await publish(broker, "alerts", b"one")
        async with cut(link):
            taken = await payloads(link, 1)
        link.acknowledge(taken)  # too late, and no error: it comes again
    async with MqttLink.connect(address_of(broker)) as link:
        (again,) = await payloads(link, 1)
        assert (again.payload, again.is_resend) == (b"one", True)


async def test_line_cut_with_acknowledgements_in_flight_brings_each_message_or_not_but_none_twice(own_broker):
    broker = own_broker()
    async with MqttLink.connect(address_of(broker)) as link:
        await link.subscribe(EVERYTHING)
        for number in range(5):
            await publish(broker, "alerts", b"%d" % number)
        async with cut(link):
            link.acknowledge(await payloads(link, 5))
    await publish(broker, "alerts", b"last")
    async with MqttLink.connect(address_of(broker)) as link:
        again = [message.payload for message in await payloads(link, 1)]
        while again[-1] != b"last":
            again += [message.payload for message in await payloads(link, 1)]
    assert again == sorted(set(again), key=lambda payload: (payload == b"last", payload))


async def test_publish_under_way_fails_when_the_broker_dies_and_is_not_sent_by_the_link_again():
    heard = []

    async def hear_and_die(reader, writer):
        heard.append(await reader.read(65_536))
        writer.transport.abort()

    async with peer(saying(CONNACK, then=hear_and_die)) as address:
        with pytest.raises(BrokerUnavailable):
            async with MqttLink.connect(address) as link:
                await link.publish("a", b"x")
    async with peer(saying(CONNACK)) as address, MqttLink.connect(address) as link:
        assert link._session.data_to_send(0.0) == b""
    assert len(heard) == 1


async def test_many_publishes_all_end_when_the_broker_is_killed(own_broker):
    broker = own_broker()
    with suppress(BrokerUnavailable):
        async with MqttLink.connect(address_of(broker)) as link:
            async with asyncio.timeout(20):
                publishing = [
                    asyncio.create_task(link.publish("homeguard/bridge/state", b"x" * 1000)) for _ in range(900)
                ]
                broker.kill()
                ended = await asyncio.gather(*publishing, return_exceptions=True)
    assert {type(end) for end in ended} <= {type(None), BrokerUnavailable}


# -- silence --


async def test_peer_that_never_answers_a_connect_is_given_up(monkeypatch):
    monkeypatch.setattr(MqttLink, "timeout_seconds", 0.2)
    async with peer(saying()) as address:
        with pytest.raises(BrokerUnavailable, match=r"does not answer within 0\.2 s"):
            async with MqttLink.connect(address):
                pass


async def test_half_open_peer_is_found_by_the_keep_alive(monkeypatch):
    monkeypatch.setattr(MqttLink, "timeout_seconds", 0.2)
    monkeypatch.setattr(MqttLink, "keepalive_seconds", 0.1)
    async with peer(saying(CONNACK)) as address, asyncio.timeout(5), MqttLink.connect(address) as link:
        with pytest.raises(BrokerUnavailable, match="has not answered a ping"):
            await link.receive(1)


@pytest.mark.parametrize("ask", [lambda link: link.subscribe("#"), lambda link: link.publish("a", b"")])
async def test_peer_that_answers_nothing_more_is_given_up(monkeypatch, ask):
    monkeypatch.setattr(MqttLink, "timeout_seconds", 0.2)
    async with peer(saying(CONNACK)) as address, MqttLink.connect(address) as link:
        with pytest.raises(BrokerUnavailable, match="does not answer"):
            await ask(link)


async def test_peer_that_takes_nothing_stops_publishes_and_not_for_ever(monkeypatch):
    monkeypatch.setattr(MqttLink, "timeout_seconds", 0.3)

    async def deaf(_, writer):
        writer.transport.pause_reading()
        await asyncio.Event().wait()

    async with peer(saying(CONNACK, then=deaf)) as address, MqttLink.connect(address) as link:
        async with asyncio.timeout(10):
            while link._may_write.is_set():
                link.publish_unsafe("a", b"x" * 100_000)
                await asyncio.sleep(0)
        assert link._transport is not None
        written = link._transport.get_write_buffer_size()
        link.publish_unsafe("a", b"x" * 100_000)
        assert link._transport.get_write_buffer_size() == written  # what nobody waits for is dropped
        with pytest.raises(BrokerUnavailable, match="does not answer"):
            await link.publish("a", b"x")


# -- refusals --


@both_links
async def test_wrong_password_is_told(own_broker, connect):
    broker = own_broker()
    address = replace(address_of(broker), password="wrong")
    with pytest.raises(BrokerUnavailable, match=r"(?i)not authorized|bad user name"):
        async with connect(address, None):
            pass


@both_links
async def test_refused_subscription_and_refused_publish_are_told(own_broker, connect):
    broker = own_broker()
    async with connect(stranger(broker), None) as link:
        with pytest.raises(BrokerUnavailable, match=r"refuses the subscription to .CONTROL/#"):
            await link.subscribe("$CONTROL/#")
        with pytest.raises(PublishRefused, match=r"(?i)bridge/state: not authorized"):
            await link.publish("homeguard/bridge/state", b"{}")


async def test_publish_larger_than_the_broker_takes_is_refused_and_the_connection_lives(own_broker):
    broker = own_broker()
    async with MqttLink.connect(address_of(broker)) as link:
        with pytest.raises(PublishRefused, match="packets of 262144 bytes"):
            await link.publish("homeguard/bridge/state", b"x" * 300_000)
        await link.publish("homeguard/bridge/state", b"{}")


async def test_connection_taken_over_by_our_twin_is_told(own_broker):
    broker = own_broker()
    async with MqttLink.connect(address_of(broker)) as link, MqttLink.connect(address_of(broker)):
        with pytest.raises(BrokerUnavailable, match=r"Session taken over|has closed"):
            async with asyncio.timeout(10):
                await link.receive(1)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x00\x00", "breaks MQTT: a malformed packet of type 0"),
        (b"\x30\xff\xff\xff\x7f", "breaks MQTT: a packet of 268435460 bytes"),
        (
            mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode.SERVER_SHUTTING_DOWN).write(),
            "Server shutting",
        ),
    ],
)
async def test_end_by_the_peer_is_told_in_words(data, says):
    async with peer(saying(CONNACK + data)) as address, MqttLink.connect(address) as link:
        with pytest.raises(BrokerUnavailable, match=says):
            async with asyncio.timeout(5):
                await link.receive(1)


# -- the will, and the end --


@pytest.mark.parametrize("fails", [False, True])
async def test_will_is_said_where_the_link_is_left_by_an_error_and_only_there(own_broker, fails):
    broker = own_broker()
    will = Will("homeguard/bridge/state", b"offline")
    async with connected(broker, broker.operator) as watcher:
        await watcher.subscribe("homeguard/bridge/state")
        with suppress(ZeroDivisionError):
            async with MqttLink.connect(address_of(broker), will) as link:
                await link.publish("homeguard/bridge/state", b"online")
                if fails:
                    raise ZeroDivisionError
        await publish(broker, "bridge/state", b"last", account=broker.service)
        heard = []
        async with asyncio.timeout(10):
            while b"last" not in heard:
                heard.append((await anext(watcher.messages)).payload)
    assert heard == [b"online", *([b"offline"] if fails else []), b"last"]


@both_links
async def test_stop_ends_a_wait_and_leaves_the_rest_with_the_broker(own_broker, connect):
    broker = own_broker()
    async with connect(address_of(broker), None) as link:
        await link.subscribe(EVERYTHING)
        waiting = asyncio.create_task(link.receive(10))
        await asyncio.sleep(0)
        link.stop_receiving()
        assert await waiting == []
        await publish(broker, "alerts", b"later")
    async with connect(address_of(broker), None) as link:
        assert [message.payload for message in await payloads(link, 1)] == [b"later"]


async def test_leaving_ends_every_timer_and_socket(own_broker):
    broker = own_broker()
    async with MqttLink.connect(address_of(broker)) as link:
        pass
    assert link._closed.is_set()
    assert link._timer is not None
    assert link._timer.cancelled()


# -- bounds --


def a_message(qos, payload=b"", mid=0):
    return Message("a", payload, qos, False, False, mid, 0.0)


def test_flood_without_qos_drops_the_oldest_of_those_and_says_so(caplog):
    inbox = Inbox()
    inbox.put(a_message(1, b"kept"))
    for number in range(MAX_UNSAFE_WAITING + 5):
        inbox.put(a_message(0, b"%d" % number))
    assert len(inbox) == MAX_UNSAFE_WAITING + 1
    assert [message.payload for message in inbox.take(2)] == [b"kept", b"5"]
    assert "1 messages sent without QoS were dropped" in caplog.text


def test_inbox_is_too_large_by_bytes_or_by_number_and_small_again_at_half():
    inbox = Inbox()
    for _ in range(3):
        inbox.put(a_message(0, b"x" * (MAX_BYTES_WAITING // 2)))
    assert inbox.is_too_large
    inbox.take(2)
    assert inbox.is_small_again
    for number in range(MAX_SAFE_WAITING + 1):
        inbox.put(a_message(1, mid=number))
    assert inbox.is_too_large


async def test_reading_pauses_while_too_much_waits_and_goes_on(own_broker):
    total = 5 * MAX_SAFE_WAITING
    stream = b"".join(
        mqtt5.PublishPacket("a", b"x" * 500, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=number).write()
        for number in range(1, total + 1)
    )
    async with peer(saying(CONNACK + stream)) as address, MqttLink.connect(address) as link:
        await until(lambda: not link._is_reading)
        assert len(link._inbox) < total
        taken: list[Message] = []
        async with asyncio.timeout(10):
            while len(taken) < total:
                batch = await link.receive(500)
                link.acknowledge(batch)
                taken += batch
    assert [message.mid for message in taken] == list(range(1, total + 1))


# -- TLS --


@pytest.fixture
def certificate(tmp_path):
    return make_certificate(tmp_path)


@pytest.mark.parametrize("is_trusted", [True, False])
async def test_tls_is_spoken_with_a_certificate_that_is_trusted_and_no_other(certificate, monkeypatch, is_trusted):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    packet = mqtt5.PublishPacket("a", b"over TLS").write()
    async with peer(saying(CONNACK + packet), ssl=context) as plain:
        address = replace(plain, is_tls=True)
        if is_trusted:
            async with MqttLink.connect(address) as link:
                assert [message.payload for message in await payloads(link, 1)] == [b"over TLS"]
        else:
            with pytest.raises(BrokerUnavailable, match="its certificate is not believed"):
                async with MqttLink.connect(address):
                    pass
