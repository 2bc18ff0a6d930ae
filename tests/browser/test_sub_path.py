import pytest
from playwright.async_api import expect

from tests.browser.proxy import Proxy
from tests.browser.visits import Visits, is_in_mode
from tests.integration.home import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_page_lives_below_a_path_that_a_proxy_takes_off(shared_home: Home, visits: Visits) -> None:
    async with Proxy(shared_home.port, "/guard") as proxy:
        page = await visits.open(proxy.url)
        await is_in_mode(page, "Live")
        await page.get_by_role("link", name="Devices", exact=True).click()
        await expect(page.get_by_role("heading", name="Devices", exact=True)).to_be_visible()
        await page.reload()
        await expect(page.get_by_role("heading", name="Devices", exact=True)).to_be_visible()
        await is_in_mode(page, "Live")
        cookies = await page.context.cookies()
        assert [cookie["path"] for cookie in cookies] == ["/guard/api/auth"]
        await visits.close()
