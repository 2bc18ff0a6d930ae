"""Homes in namespaces, for the tests of the firewall and of the neighbours."""

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.enforce.netns import BRIDGED, PATH, ROUTED, Home, why_not


@pytest.fixture
def make_home() -> Iterator[Callable[[str], Home]]:
    """Make homes of a shape, for one test; skipped where the kernel forbids namespaces."""
    if reason := why_not():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    made: list[Home] = []

    def make(shape: str) -> Home:
        made.append(Home(shape))
        return made[-1]

    before = ruleset_outside()
    yield make
    for home in made:
        home.close()
    assert ruleset_outside() == before, "a test has changed the firewall of this machine"


def ruleset_outside() -> str:
    """Return the rules of the machine itself, which no test may touch."""
    return subprocess.run(
        ["nft", "list", "ruleset"], capture_output=True, text=True, env={"PATH": PATH}, check=True
    ).stdout


@pytest.fixture(params=[ROUTED, BRIDGED])
def home(request: pytest.FixtureRequest, make_home: Callable[[str], Home]) -> Home:
    """A home, once with a gateway that routes and once with one whose devices are on a bridge."""
    return make_home(request.param)
