"""The stories without a broker: the same seed tells the same, and every word is one that HomeGuard accepts."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices_sim import Scenario, device_ids, plan
from devices_sim.actions import Arrive, FindNetwork, LoseNetwork, Raise, Report, Step
from devices_sim.scenarios import story
from homeguard.decode import decode
from homeguard.events import Severity, to_json
from homeguard.topics import AlertsTopic, DevicesTopic, is_device_id

scenarios = pytest.mark.parametrize("scenario", Scenario)


def told(
    scenario: Scenario, steps: int, *, devices: int = 7, seed: int = 1, rate: float = 1, hour: float = 20
) -> list[Step]:
    steps_told = story(scenario, plan(devices, seed), rate=rate, seed=seed, begins_at_hour=hour)
    return list(islice(steps_told, steps))


def test_ids_are_known_before_the_home_is() -> None:
    first_six = ["cam-1", "lock-1", "motion-1", "thermostat-1", "tv-1", "phone-1"]
    assert device_ids(6) == first_six
    assert device_ids(9) == [*first_six, "newcomer-1", "cam-2", "lock-2"]
    assert [member.id for member in plan(9, seed=5)] == device_ids(9)
    assert [member.kind for member in plan(7, seed=5)][-2:] == ["phone", None]


@given(st.integers(0, 1000))
def test_a_larger_home_begins_with_the_smaller(n: int) -> None:
    ids = device_ids(n)
    assert len(set(ids)) == n
    assert ids == device_ids(n + 1)[:n]
    assert all(is_device_id(id) for id in ids)


@scenarios
def test_the_same_seed_tells_the_same_story(scenario: Scenario) -> None:
    assert told(scenario, 500, seed=3) == told(scenario, 500, seed=3)
    assert told(scenario, 500, seed=3) != told(scenario, 500, seed=4)


@scenarios
def test_the_hour_changes_only_what_is_measured(scenario: Scenario) -> None:
    def shape(steps: list[Step]) -> list[object]:
        return [
            (s.delay_seconds, s.device_id, type(s.action) if isinstance(s.action, Report) else s.action) for s in steps
        ]

    assert shape(told(scenario, 300, hour=3)) == shape(told(scenario, 300, hour=12))


@scenarios
@pytest.mark.parametrize("devices", [1, 2, 6, 7, 20])
def test_every_word_is_acceptable(scenario: Scenario, devices: int) -> None:
    for step in told(scenario, 400, devices=devices):
        match step.action:
            case Report(telemetry):
                decode(DevicesTopic(step.device_id), to_json({"telemetry": dict(telemetry)}).encode())
            case Raise(reason, severity, category, details):
                value = {"reason": reason, "severity": severity, "category": category, "details": dict(details or {})}
                decode(AlertsTopic(step.device_id), to_json(value).encode())


@scenarios
def test_the_rate_is_kept(scenario: Scenario) -> None:
    steps = [step for step in told(scenario, 4000, rate=50) if isinstance(step.action, Report | Raise)]
    assert len(steps) / sum(step.delay_seconds for step in told(scenario, 4000, rate=50)) == pytest.approx(50, rel=0.2)


def test_an_alert_storm_is_hundreds_a_second() -> None:
    storm = Scenario.ALERT_STORM
    steps = told(storm, 5000, rate=storm.default_rate)
    assert 5000 / sum(step.delay_seconds for step in steps) > 200
    assert sum(isinstance(step.action, Raise) for step in steps) > 4900


def test_a_quiet_home_is_mostly_telemetry() -> None:
    steps = told(Scenario.QUIET_HOME, 1000)
    alerts = [step.action for step in steps if isinstance(step.action, Raise)]
    assert 10 < len(alerts) < 150
    assert all(alert.severity in (Severity.INFO, Severity.LOW, Severity.MEDIUM) for alert in alerts)


def test_a_break_in_is_critical() -> None:
    reasons = [step.action.reason for step in told(Scenario.BREAK_IN, 200) if isinstance(step.action, Raise)]
    assert reasons.index("Lock forced open") < reasons.index("Camera covered")


def test_a_port_scan_names_its_source() -> None:
    scans = [
        s.action for s in told(Scenario.PORT_SCAN, 300) if isinstance(s.action, Raise) and "scan" in s.action.reason
    ]
    assert scans[0].details is not None
    assert scans[0].details["source_device"] == "newcomer-1"


def test_bad_wifi_brings_everybody_back() -> None:
    away: set[str] = set()
    outages = 0
    for step in told(Scenario.BAD_WIFI, 2000):
        match step.action:
            case LoseNetwork():
                assert step.device_id not in away
                away.add(step.device_id)
                outages += 1
            case FindNetwork():
                away.remove(step.device_id)
    assert outages > 50
    assert len(away) <= 7


@scenarios
def test_the_newcomer_appears_later(scenario: Scenario) -> None:
    elapsed = 0.0
    for step in told(scenario, 500):
        elapsed += step.delay_seconds
        if step.device_id == "newcomer-1":
            assert isinstance(step.action, Arrive)
            assert elapsed >= 20
            return
    raise AssertionError("it never came")


def test_the_house_is_warmer_in_the_evening_than_at_dawn() -> None:
    def mean(hour: float) -> float:
        reports = [
            s.action.telemetry for s in told(Scenario.QUIET_HOME, 600, hour=hour) if isinstance(s.action, Report)
        ]
        temperatures = [t["temperature_c"] for t in reports if "temperature_c" in t]
        return float(sum(temperatures) / len(temperatures))

    assert mean(15) > mean(4) + 1
