"""The count of what a killed broker loses works, and what it lost is no older than we say."""

from bench import broker_kill


async def test_killed_broker_loses_at_most_what_decision_13_says(tmp_path, monkeypatch):
    monkeypatch.setattr(broker_kill, "PUBLISH_SECONDS", (4.0, 4.0))  # longer than what it may lose
    (kill,) = await broker_kill._measure(tmp_path, 1)
    assert 0 <= kill.lost < kill.acknowledged
    assert kill.oldest_seconds <= 3.0  # two seconds between saves, and one for a busy machine
