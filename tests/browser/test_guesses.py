import re

import pytest
from playwright.async_api import expect

from tests.browser.visits import Visits, fill_in, sign_in
from tests.integration.home import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_who_guesses_is_told_when_to_come_again_and_the_owner_comes_in(shared_home: Home, visits: Visits) -> None:
    visits.allow(r"status of (401|429) .*/api/auth/login")
    page = await visits.open(shared_home.running["url"], sign_in_as=None)
    for _ in range(5):
        async with page.expect_response("**/api/auth/login") as answered:
            await fill_in(page, "nobody-of-this-home", "a wrong guess")
        assert (await answered.value).status == 401
    await fill_in(page, "nobody-of-this-home", "a wrong guess")
    said = re.compile(r"Too many attempts to sign in\. Try again in \d+ seconds")
    await expect(page.get_by_role("alert")).to_contain_text(said)
    await sign_in(page)
