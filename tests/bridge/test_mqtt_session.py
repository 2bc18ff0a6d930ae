"""The MQTT session without a network: what each side says, cut anywhere, and whose mistake is whose."""

import itertools

import mqtt5
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt5 import ConnAckReasonCode, DisconnectReasonCode, PubAckReasonCode, QoS, SubAckReasonCode

from bridge.link import MAXIMUM_PACKET_BYTES, RECEIVE_MAXIMUM, Message, PublishRefused, Will
from bridge.mqtt_events import (
    BrokerSilent,
    Connected,
    Disconnected,
    Forgotten,
    Misuse,
    Published,
    Refused,
    State,
    Subscribed,
    Violation,
)
from bridge.mqtt_flows import MAX_SENDING
from bridge.mqtt_session import MAX_UNACKNOWLEDGED, Session

PING = mqtt5.PingReqPacket().write()


def connected(session_present=False, session=None, **limits):
    session = session or Session("bridge", keepalive_seconds=20, answer_seconds=10)
    session.connect(0.0)
    session.data_to_send(0.0)
    session.receive(mqtt5.ConnAckPacket(session_present=session_present, **limits).write(), 0.0)
    return session


def said(session, now=0.0):
    """The packets that the session wants to send, read as the broker would."""
    data = memoryview(session.data_to_send(now))
    packets = []
    while data:
        packet, size = mqtt5.read(data)
        packets.append(packet)
        data = data[size:]
    return packets


def message(packet_id=None, payload=b"{}", topic="homeguard/alerts", qos=None, **options):
    qos = (QoS.AT_MOST_ONCE if packet_id is None else QoS.AT_LEAST_ONCE) if qos is None else qos
    return mqtt5.PublishPacket(topic, payload, qos=qos, packet_id=packet_id, **options).write()


def only(events):
    (event,) = events
    return event


# -- connecting --


def test_connect_says_who_we_are_and_what_we_can_take():
    session = Session("bridge", username="ada", password="secret", will=Will("state", b"offline"), keepalive_seconds=20)
    session.connect(0.0)
    (hello,) = said(session)
    assert (hello.client_id, hello.username, hello.password, hello.clean_start) == ("bridge", "ada", b"secret", False)
    assert (hello.receive_max, hello.max_packet_size, hello.topic_alias_max) == (RECEIVE_MAXIMUM, 1024 * 1024, 0)
    assert (hello.keep_alive, hello.session_expiry_interval) == (20, 7 * 24 * 3600)
    assert (hello.will.topic, hello.will.payload, hello.will.retain) == ("state", b"offline", True)


def test_session_that_is_not_kept_starts_clean_and_ends_with_the_connection():
    session = Session("control", keeps_session=False)
    session.connect(0.0)
    (hello,) = said(session)
    assert (hello.clean_start, hello.session_expiry_interval) == (True, 0)


@pytest.mark.parametrize("present", [True, False])
def test_connack_says_whether_the_session_is_there(present):
    session = Session("bridge", keepalive_seconds=20)
    session.connect(0.0)
    packet = mqtt5.ConnAckPacket(session_present=present, assigned_client_id="given", server_keep_alive=5)
    assert only(session.receive(packet.write(), 0.0)) == Connected(present, 5, "given", 7 * 24 * 3600)


REFUSALS = [code for code in vars(ConnAckReasonCode).values() if isinstance(code, ConnAckReasonCode) and code.value]


@pytest.mark.parametrize("code", REFUSALS, ids=lambda code: code.name)
def test_every_refusal_of_a_connack_is_told_in_words_and_ends_it(code):
    session = Session("bridge")
    session.connect(0.0)
    event = only(session.receive(mqtt5.ConnAckPacket(reason_code=code, reason_str="so there").write(), 0.0))
    assert isinstance(event, Refused)
    assert event.code == code.value
    assert event.why.lower().replace(" ", "_") == f"{code.name.lower()}_(so_there)"
    assert session.state is State.CLOSED


def test_connection_may_begin_again_and_what_was_half_received_is_forgotten():
    session = connected()
    session.receive(message(1)[:7], 0.0)
    session.connection_lost()
    connected(session=session, session_present=True)
    assert only(session.receive(message(1, duplicate=True), 0.0)).is_resend


# -- messages --


def test_message_is_told_with_all_that_ingest_needs():
    raw = message(7, b"x", retain=True, duplicate=True, response_topic="replies/a", correlation_data=b"9")
    assert only(connected().receive(raw, 3.5)) == Message(
        "homeguard/alerts", b"x", 1, True, True, 7, 3.5, "replies/a", b"9"
    )


def test_message_without_qos_has_no_packet_id():
    event = only(connected().receive(message(), 0.0))
    assert (event.qos, event.mid) == (0, 0)


def test_nothing_is_acknowledged_unless_told():
    session = connected()
    session.receive(message(1) + message(2), 0.0)
    assert said(session) == []


def test_acknowledgements_leave_in_the_order_of_arrival_whatever_the_order_told():
    session = connected()
    session.receive(b"".join(message(number) for number in (5, 3, 9, 1)), 0.0)
    session.acknowledge([9, 3])
    assert said(session) == []
    session.acknowledge([5])
    assert [packet.packet_id for packet in said(session)] == [5, 3, 9]
    session.acknowledge([1])
    assert [packet.packet_id for packet in said(session)] == [1]


@given(st.permutations(range(1, 30)), st.lists(st.integers(1, 8), min_size=30, max_size=30))
def test_acknowledgements_are_in_order_however_they_are_told(order, sizes):
    session = connected()
    arrival = list(range(29, 0, -1))
    session.receive(b"".join(message(number) for number in arrival), 0.0)
    left = list(order)
    heard = []
    for size in sizes:
        session.acknowledge(left[:size])
        left = left[size:]
        heard += [packet.packet_id for packet in said(session)]
        assert heard == arrival[: len(heard)]
    assert heard == arrival


def test_packet_id_may_be_used_again_after_its_acknowledgement():
    session = connected()
    for _ in range(3):
        session.receive(message(1), 0.0)
        session.acknowledge([1])
    assert len(said(session)) == 3


@pytest.mark.parametrize("size", [126, 127, 128, 16_383, 16_384, 200_000])
def test_message_of_any_size_arrives_whole(size):
    raw = message(1, b"p" * size)
    session = connected()
    middle = len(raw) // 2
    assert session.receive(raw[:middle], 0.0) == []
    assert only(session.receive(raw[middle:], 0.0)).payload == b"p" * size


STREAM = (
    message(1)
    + message(payload=b"n" * 300)
    + mqtt5.PingRespPacket().write()
    + message(2, b"m" * 20_000, response_topic="replies/x")
    + mqtt5.PubAckPacket(1).write()
    + message(3, b"")
)
ENDS = [
    b"",
    mqtt5.DisconnectPacket(reason_code=DisconnectReasonCode.SERVER_SHUTTING_DOWN).write() + message(4),
    b"\x30\x06\x00\x01a\x03\x23\x00" + message(4),  # a property that overruns its packet
    b"\x30\xff\xff\xff\xff\x01" + message(4),
    b"\x30\xff\xff\xff\x7f" + message(4),
]


@given(st.sampled_from(ENDS), st.lists(st.integers(1, 25_000), max_size=12, unique=True), st.booleans())
def test_any_chunking_gives_the_same_events(end, cuts, bytewise):
    def events(pieces):
        session = connected()
        session.publish("a", b"")
        return [event for piece in pieces for event in session.receive(piece, 0.0)], said(session)[-1:]

    stream = STREAM + end
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[a:b] for a, b in itertools.pairwise(places)]
    if bytewise:
        pieces = [stream[:-40], *(stream[place : place + 1] for place in range(len(stream) - 40, len(stream)))]
    (whole, last), (cut, cut_last) = events([stream]), events(pieces)
    assert cut == whole
    assert [packet.write() for packet in cut_last] == [packet.write() for packet in last]
    assert len(whole) == (5 if not end else 6)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_session_fail_in_a_way_of_its_own(data):
    session = connected()
    for event in session.receive(data, 0.0):
        assert not isinstance(event, Violation) or event.why.startswith("it breaks MQTT: ")


# -- the broker's mistakes --

QOS_2 = message(1, qos=QoS.EXACTLY_ONCE)


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (QOS_2, "PROTOCOL_ERROR", "QoS 2"),
        (b"\x32\x06\x00\x01a\x00\x00\x00", "PROTOCOL_ERROR", "packet id 0"),
        (message(1) * 2, "PROTOCOL_ERROR", "packet id 1 for two messages"),
        (message(1, topic_alias=1), "TOPIC_ALIAS_INVALID", "topic alias"),
        (mqtt5.ConnAckPacket().write(), "PROTOCOL_ERROR", "unexpected ConnAck packet while connected"),
        (mqtt5.AuthPacket(authentication_method="x").write(), "PROTOCOL_ERROR", "unexpected Auth"),
        (PING, "PROTOCOL_ERROR", "unexpected PingReq"),
        (mqtt5.PubRecPacket(1).write(), "PROTOCOL_ERROR", "unexpected PubRec"),
        (mqtt5.PubAckPacket(9).write(), "PROTOCOL_ERROR", "PubAck for 9"),
        (mqtt5.SubAckPacket(9, [SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]).write(), "PROTOCOL_ERROR", "SubAck"),
        (b"\x00\x00", "MALFORMED_PACKET", "packet of type 0"),
        (b"\x36\x05\x00\x01a\x00\x01", "MALFORMED_PACKET", "QoS"),
        (b"\xd0\x01\x00", "MALFORMED_PACKET", "type 13"),
        (b"\x40\x03\x00\x01\x05", "MALFORMED_PACKET", "PubAckReasonCode"),
        (b"\x30\x06\x00\x01a\x03\x23\x00", "MALFORMED_PACKET", "Invalid remaining length"),
        (b"\x30\xff\xff\xff\xff\x01", "MALFORMED_PACKET", "more than four bytes"),
        (b"\x30\x80\x80\x41", "PACKET_TOO_LARGE", f"more than {MAXIMUM_PACKET_BYTES}"),
        (b"".join(message(n) for n in range(1, MAX_UNACKNOWLEDGED + 2)), "RECEIVE_MAX_EXCEEDED", "unacknowledged"),
    ],
)
def test_mistake_of_the_broker_is_told_to_it_and_to_us(data, code, says):
    session = connected()
    event = session.receive(data, 0.0)[-1]
    (goodbye,) = said(session)
    assert isinstance(event, Violation)
    assert says in event.why
    assert event.code == goodbye.reason_code.value == getattr(DisconnectReasonCode, code).value
    assert session.state is State.CLOSED
    assert session.receive(message(2), 0.0) == []


@pytest.mark.filterwarnings("ignore")
def test_text_that_is_not_utf_8_is_a_malformed_packet_though_the_codec_panics(capfd):
    event = only(connected().receive(b"\x30\x04\x00\x01\xff\x00", 0.0))
    assert event == Violation(0x81, "it breaks MQTT: a malformed packet of type 3: text that is not UTF-8")


def test_message_before_the_connack_is_a_mistake_of_the_broker():
    session = Session("bridge")
    session.connect(0.0)
    session.data_to_send(0.0)
    event = only(session.receive(message(1), 0.0))
    assert "unexpected Publish packet while connecting" in event.why
    assert said(session) == []  # before a CONNACK a client has nothing to say


def test_old_session_where_a_new_one_was_asked_for_is_a_mistake_of_the_broker():
    session = Session("control", keeps_session=False)
    session.connect(0.0)
    assert isinstance(only(session.receive(mqtt5.ConnAckPacket(session_present=True).write(), 0.0)), Violation)


# -- our mistakes --


@pytest.mark.parametrize(
    "command",
    [
        lambda session: session.subscribe("#"),
        lambda session: session.publish("a", b""),
        lambda session: session.publish_unsafe("a", b""),
        lambda session: session.acknowledge([1]),
        lambda session: session.disconnect(),
    ],
)
def test_command_in_the_wrong_state_is_our_mistake(command):
    closed = connected()
    closed.disconnect()
    for session in (Session("bridge"), closed):
        with pytest.raises(Misuse):
            command(session)


def test_acknowledge_of_what_was_not_received_and_connect_while_connected_are_our_mistakes():
    session = connected()
    with pytest.raises(Misuse, match="5"):
        session.acknowledge([5])
    with pytest.raises(Misuse):
        session.connect(0.0)


def test_too_many_publishes_at_once_are_our_mistake():
    session = connected()
    for _ in range(MAX_SENDING):
        session.publish("a", b"")
    with pytest.raises(Misuse):
        session.publish("a", b"")


# -- subscribing and publishing --


def test_subscription_is_granted_or_refused_in_words():
    session = connected()
    granted, refused = session.subscribe("homeguard/#"), session.subscribe("secret/#")
    (first, _) = said(session)
    assert first.topic_filters[0].max_qos == QoS.AT_LEAST_ONCE
    answers = (
        mqtt5.SubAckPacket(granted, [SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]).write()
        + mqtt5.SubAckPacket(refused, [SubAckReasonCode.NOT_AUTHORIZED]).write()
    )
    assert session.receive(answers, 0.0) == [Subscribed(granted, 1, None), Subscribed(refused, 135, "Not authorized")]


@pytest.mark.parametrize(
    ("code", "why"),
    [("SUCCESS", None), ("NO_MATCHING_SUBSCRIBERS", None), ("QUOTA_EXCEEDED", "Quota exceeded")],
)
def test_publish_is_answered_with_its_reason_code(code, why):
    session = connected()
    packet_id = session.publish("a", b"x", retain=True)
    (packet,) = said(session)
    assert (packet.topic, packet.payload, packet.retain, packet.duplicate) == ("a", b"x", True, False)
    reason = getattr(PubAckReasonCode, code)
    answer = mqtt5.PubAckPacket(packet_id, reason_code=reason).write()
    assert only(session.receive(answer, 0.0)) == Published(packet_id, reason.value, why)


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"max_packet_size": 50}, "packets of 50 bytes"),
        ({"retain_available": False}, "no retained"),
        ({"max_qos": QoS.AT_MOST_ONCE}, "QoS 0 only"),
    ],
)
def test_publish_beyond_the_limits_of_the_broker_is_refused_before_it_is_sent(limits, says):
    session = connected(**limits)
    with pytest.raises(PublishRefused, match=says):
        session.publish("a", b"x" * 60, retain=True)
    assert said(session) == []


@given(st.integers(1, 5), st.lists(st.booleans(), max_size=60))
def test_receive_maximum_of_the_broker_is_never_exceeded(maximum, steps):
    session = connected(receive_max=maximum)
    waiting: list[int] = []
    sent: list[int] = []
    published = 0
    for is_publish in steps:
        if is_publish:
            session.publish("a", b"%d" % published)
            published += 1
        elif waiting:
            session.receive(mqtt5.PubAckPacket(waiting.pop(0)).write(), 0.0)
        packets = said(session)
        waiting += [packet.packet_id for packet in packets]
        sent += [int(packet.payload) for packet in packets]
        assert len(waiting) <= maximum
    assert sent == list(range(len(sent)))


def test_publish_is_sent_again_in_order_with_dup_where_the_session_is_resumed():
    session = connected(receive_max=2)
    ids = [session.publish("a", payload) for payload in (b"1", b"2", b"3")]
    assert [packet.payload for packet in said(session)] == [b"1", b"2"]
    session.connection_lost()
    connected(session_present=True, session=session)
    again = said(session)
    assert [(packet.packet_id, packet.payload) for packet in again] == list(zip(ids, (b"1", b"2", b"3"), strict=True))
    assert [packet.duplicate for packet in again] == [True, True, False]
    assert session.publish("a", b"4") not in ids


def test_publish_is_forgotten_where_the_broker_has_lost_the_session():
    session = connected()
    packet_id = session.publish("a", b"1")
    session.connection_lost()
    session.connect(0.0)
    session.data_to_send(0.0)
    assert session.receive(mqtt5.ConnAckPacket().write(), 0.0)[1:] == [Forgotten([packet_id])]
    assert said(session) == []


def test_packet_ids_in_use_are_not_given_again():
    session = connected()
    kept = session.publish("a", b"")
    for _ in range(65_535):
        packet_id = session.publish("a", b"")
        assert packet_id != kept
        session.receive(mqtt5.PubAckPacket(packet_id).write(), 0.0)


# -- keep-alive and the end --


def test_silence_is_asked_about_and_an_answer_keeps_the_connection():
    session = connected()
    assert session.seconds_to_tick(0.0) == 20
    session.tick(19.9)
    assert session.data_to_send(19.9) == b""
    session.tick(20.0)
    assert session.data_to_send(20.0) == PING
    session.receive(mqtt5.PingRespPacket().write(), 25.0)
    assert session.tick(30.0) == []
    assert session.seconds_to_tick(30.0) == 10


def test_ping_without_an_answer_ends_the_connection():
    session = connected()
    session.tick(20.0)
    session.data_to_send(20.0)
    assert session.tick(29.9) == []
    assert session.tick(30.0) == [BrokerSilent(10)]
    (goodbye,) = said(session)
    assert goodbye.reason_code == DisconnectReasonCode.KEEP_ALIVE_TIMEOUT


def test_broker_that_talks_while_we_say_nothing_is_pinged_too():
    session = connected()
    session.receive(message(), 19.0)
    session.tick(20.0)
    assert session.data_to_send(20.0) == PING


def test_while_we_do_not_read_silence_is_not_held_against_the_broker():
    session = connected()
    session.tick(20.0)
    assert session.tick(100.0, is_reading=False) == []
    assert session.state is State.CONNECTED


def test_keep_alive_of_the_server_counts():
    assert connected(server_keep_alive=5).seconds_to_tick(0.0) == 5


def test_goodbye_of_the_broker_is_told_with_its_reason():
    session = connected()
    packet = mqtt5.DisconnectPacket(reason_code=DisconnectReasonCode.SESSION_TAKEN_OVER, reason_str="by another")
    assert only(session.receive(packet.write(), 0.0)) == Disconnected(142, "Session taken over (by another)")
    assert said(session) == []


@pytest.mark.parametrize(("with_will", "code"), [(False, 0), (True, 4)])
def test_goodbye_of_ours_lets_the_will_be_said_or_not(with_will, code):
    session = connected()
    session.disconnect(with_will=with_will)
    (goodbye,) = said(session)
    assert goodbye.reason_code.value == code
