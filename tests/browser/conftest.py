"""A browser, a home with people in it, and visits that end with their test."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.chromium import launch, require_chromium
from tests.browser.enforcer import Enforcer
from tests.browser.places import furnish
from tests.browser.visits import Visits
from tests.integration.home import PASSWORD, Home

ROOT = Path(__file__).parents[2]
PEOPLE = {"olga": "operator", "vera": "viewer"}  # besides admin; all with the same password


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program; asked for first, so that nothing is built where there is none."""
    return require_chromium()


@pytest.fixture(scope="session")
def _built(chromium: str) -> None:
    """Build the dashboard from its sources, where that is not done."""
    done = subprocess.run(["make", "frontend"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One browser for all; each visit has a context of its own."""
    async with async_playwright() as playwright:
        browser = await launch(playwright, chromium)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visits(browser: Browser) -> AsyncIterator[Visits]:
    """The browsers of a test; it fails where one has complained."""
    visits = Visits(browser)
    yield visits
    await visits.close()
    assert not visits.complaints, "\n".join(visits.complaints)


@pytest.fixture(scope="session")
def shared_home(_built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home that no test stops; what one test publishes, others see."""
    home = Home(tmp_path_factory.mktemp("browser") / "home").up()
    add_people(home)
    yield home
    home.stop()


@pytest.fixture(scope="session")
def furnished_home(shared_home: Home) -> Home:
    """The shared home, with data in it that is hard on pages."""
    furnish(shared_home)
    return shared_home


@pytest.fixture
def own_home(_built: None, tmp_path: Path) -> Iterator[Home]:
    """A home for one test alone, not started yet: `own_home.up(…)`."""
    home = Home(tmp_path / "home")
    yield home
    if home.process is not None and home.process.poll() is None:
        home.stop()


@pytest.fixture(scope="session")
def enforcer(shared_home: Home) -> Enforcer:
    """An enforcer at the broker of the shared home."""
    return Enforcer(shared_home)


def add_people(home: Home) -> None:
    """Add an operator and a viewer."""
    with httpx.Client(base_url=home.running["url"], timeout=10) as client:
        answer = client.post("/api/auth/login", json={"username": "admin", "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        for username, role in PEOPLE.items():
            made = client.post("/api/users", json={"username": username, "password": PASSWORD, "role": role})
            assert made.status_code == 201, made.text
