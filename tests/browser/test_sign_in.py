import re

import pytest
from playwright.async_api import expect

from tests.browser.visits import Visits, fill_in, is_in_mode, sign_in
from tests.integration.home import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_wrong_password_is_told_and_the_right_one_lets_in(shared_home: Home, visits: Visits) -> None:
    visits.allow(r"status of 401 .*/api/auth/login")
    page = await visits.open(shared_home.running["url"], sign_in_as=None)
    await fill_in(page, "admin", "not the password")
    await expect(page.get_by_role("alert")).to_contain_text(re.compile("password", re.IGNORECASE))
    await expect(page.get_by_label("User name")).to_have_value("admin")
    await sign_in(page)
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()


async def test_a_reload_stays_signed_in_and_where_one_was(shared_home: Home, visits: Visits) -> None:
    page = await visits.open(f"{shared_home.running['url']}/#/devices")
    await expect(page.get_by_role("heading", name="Devices")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Devices")).to_be_visible()


async def test_who_signs_out_is_out_also_after_a_reload(shared_home: Home, visits: Visits) -> None:
    page = await visits.open(shared_home.running["url"])
    await is_in_mode(page, "Live")  # a socket that is cut while it connects is a complaint of the browser's
    await page.get_by_role("button", name="Your account").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
