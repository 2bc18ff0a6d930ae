import json
from typing import Any, Final, Literal

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import AXE, findings
from tests.browser.places import EMPTY_PLACES, PLACES, add_device, go
from tests.browser.visits import DESKTOP, PHONE, Visits, is_in_mode, sign_in
from tests.integration.home import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")

# As long as the page, for what a scrolled page has half under its bar is too small to touch only until one scrolls on.
LONG = 6_000
SIZES = {"desktop": DESKTOP | {"height": LONG}, "phone": PHONE | {"height": LONG}}

# Where, what to click, and what opens.
OPENED: Final[list[tuple[str, Literal["button", "link"], str, Literal["dialog", "menu"]]]] = [
    ("/alerts", "link", "A critical thing", "dialog"),
    ("/devices/cam-1", "button", "Block…", "dialog"),
    ("/", "button", "Your account", "menu"),
    ("/system?tab=users", "button", "Add a user", "dialog"),
    ("/devices", "button", "Add device", "dialog"),
]


async def visit_all(page: Page, places: dict[str, str]) -> list[Any]:
    """Ask axe at the sign-in and on each page."""
    await page.add_script_tag(path=AXE)
    found = await findings(page, "sign-in")
    await sign_in(page)
    await is_in_mode(page, "Live")
    for place, heading in places.items():
        await go(page, place, heading)
        found += await findings(page, place)
    return found


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_in_what_opens_over_a_page(furnished_home: Home, visits: Visits, size: str) -> None:
    page = await visits.open(furnished_home.running["url"], bypass_csp=True, viewport=SIZES[size])
    await page.add_script_tag(path=AXE)
    found = []
    for place, role, name, opened in OPENED:
        await go(page, place, PLACES[place])
        await page.get_by_role(role, name=name, exact=True).first.click()
        await expect(page.get_by_role(opened)).to_be_visible()
        found += await findings(page, name)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role(opened)).to_have_count(0)
    assert not found, json.dumps(found, indent=1)


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_in_credentials_and_sessions(furnished_home: Home, visits: Visits, size: str) -> None:
    page = await visits.open(furnished_home.running["url"], bypass_csp=True, viewport=SIZES[size])
    await page.add_script_tag(path=AXE)
    await page.get_by_role("button", name="Your account").click()
    await page.get_by_role("menuitem", name="Where am I signed in?").click()
    await expect(page.get_by_role("list", name="Sessions")).to_contain_text("This one")
    found = await findings(page, "sessions")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await go(page, "/devices", PLACES["/devices"])
    credentials = await add_device(page, f"axe-{size}")
    found += await findings(page, "credentials")
    await credentials.get_by_role("button", name="I have copied it").click()
    assert not found, json.dumps(found, indent=1)


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_with_data(furnished_home: Home, visits: Visits, size: str) -> None:
    page = await visits.open(furnished_home.running["url"], sign_in_as=None, bypass_csp=True, viewport=SIZES[size])
    found = await visit_all(page, PLACES)
    assert not found, json.dumps(found, indent=1)


async def test_axe_finds_nothing_in_an_empty_home(own_home: Home, visits: Visits) -> None:
    own_home.up()
    page = await visits.open(own_home.running["url"], sign_in_as=None, bypass_csp=True)
    found = await visit_all(page, EMPTY_PLACES)
    assert not found, json.dumps(found, indent=1)
