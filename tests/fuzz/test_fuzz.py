"""A few thousand inputs for everything that parses, and all that was ever found; a million are for `make fuzz`."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.findings import FINDINGS, Finding
from tests.fuzz.home import close_home, open_home
from tests.fuzz.strategies import inputs
from tests.fuzz.targets import TARGETS

# In CI the same inputs every time: a red build is then the change's fault. Whoever develops gets new ones.
profile = settings(
    derandomize="CI" in os.environ,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module", autouse=True)
def _home() -> Iterator[None]:
    """Close the home that a target opened: a process has one open journal."""
    yield
    close_home()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # how the MQTT codec's panic is shown
@pytest.mark.parametrize("name", TARGETS)
def test_law_holds_for_what_is_valid_and_what_is_not(name: str) -> None:
    target = TARGETS[name]

    @settings(profile, max_examples=target.examples)
    @given(inputs(target.seeds))
    def law_holds(data: bytes) -> None:
        target.law(data)

    for seed in target.seeds:
        target.law(seed)
    law_holds()


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda finding: f"{finding.target}: {finding.did}")
def test_what_was_found_stays_mended(finding: Finding) -> None:
    TARGETS[finding.target].law(finding.data)


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["stored", "rest_query"])
def test_law_holds_on_postgresql_too(name: str, postgres_url: str) -> None:
    target = TARGETS[name]
    open_home(postgres_url)
    try:
        for data in [*target.seeds, *(finding.data for finding in FINDINGS if finding.target == target.name)]:
            target.law(data)

        @settings(profile, max_examples=target.examples // 2)
        @given(inputs(target.seeds))
        def law_holds(data: bytes) -> None:
            target.law(data)

        law_holds()
    finally:
        close_home()
