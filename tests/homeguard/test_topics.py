"""Topics are parsed and formatted back, and nothing else is let through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeguard.errors import BadInput
from homeguard.topics import (
    DEVICE_ID_PATTERN,
    AlertsTopic,
    AvailabilityTopic,
    BlockReportTopic,
    BlockTopic,
    BridgeStateTopic,
    DevicesTopic,
    RepliesTopic,
    Topics,
    checked_device_id,
)

device_ids = st.from_regex(DEVICE_ID_PATTERN, fullmatch=True)
prefixes = st.from_regex(r"[A-Za-z0-9_-]{1,12}(/[A-Za-z0-9_-]{1,12}){0,2}", fullmatch=True)
topics = st.one_of(
    st.builds(AlertsTopic, st.none() | device_ids),
    st.builds(DevicesTopic, st.none() | device_ids),
    st.builds(AvailabilityTopic, device_ids),
    st.builds(BlockTopic, device_ids),
    st.builds(BlockReportTopic, device_ids, device_ids),
    st.just(BridgeStateTopic()),
    st.builds(RepliesTopic, device_ids),
)


@given(prefixes, topics)
def test_topic_parses_back_to_what_was_formatted(prefix, topic):
    assert Topics(prefix).parse(Topics(prefix).format(topic)) == topic


@given(st.text(max_size=60))
def test_any_text_parses_to_what_formats_back_to_it_or_is_refused(text):
    try:
        topic = Topics().parse(text)
    except BadInput:
        return
    assert Topics().format(topic) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "homeguard",
        "homeguard/",
        "homeguard/alerts/",
        "homeguard/alerts/Cam-1",
        "homeguard/alerts/homeguard",
        "homeguard/devices/homeguard/availability",
        "homeguard/alerts/cam-1/more",
        "homeguard/alerts/cam 1",
        "homeguard/devices/-cam",
        "homeguard/weather",
        "other/alerts",
        "homeguardx/alerts",
        "homeguard/replies/",
        "homeguard/devices/" + "a" * 65,
    ],
)
def test_unknown_topic_is_refused(text):
    with pytest.raises(BadInput):
        Topics().parse(text)


@pytest.mark.parametrize("id", ["cam/1", "cam+1", "cam#1", "cam%1", "CAM-1", "", "-cam", "a" * 65, "cam-1\n", 7, None])
def test_device_id_with_a_character_that_topics_cannot_hold_is_refused(id):
    with pytest.raises(BadInput, match="is not a device id"):
        checked_device_id(id)


@pytest.mark.parametrize("prefix", ["", "home guard", "home/#", "/home", "home/", "$SYS"])
def test_prefix_that_cannot_begin_a_topic_is_refused(prefix):
    with pytest.raises(BadInput):
        Topics(prefix)


@pytest.mark.parametrize("target", ["homeguard/replies/cam-1/x", "elsewhere/answers"])
def test_reply_target_is_taken_where_a_publisher_may_publish_itself(target):
    assert Topics().reply_target(target) == target


@pytest.mark.parametrize(
    "target",
    [
        "",
        "homeguard",
        "homeguard/alerts",
        "homeguard/blocks/cam-1",
        "homeguard/replies/",
        "$CONTROL/dynamic-security/v1",
        "a/+/b",
        "a/#",
    ],
)
def test_reply_target_is_refused_where_the_bridge_would_lend_its_rights(target):
    with pytest.raises(BadInput, match="Response Topic"):
        Topics().reply_target(target)
