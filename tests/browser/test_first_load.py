import pytest
from playwright.async_api import Response, expect

from tests.browser.proxy import Proxy
from tests.browser.visits import Visits, sign_in
from tests.integration.home import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAX_SCRIPT_BYTES = 150_000
SMALL_BYTES = 1_024  # not worth compressing
OF_CHARTS = b"uplot"  # in the library that draws them, which may come after the first paint


async def test_little_script_comes_before_the_overview_is_there(shared_home: Home, visits: Visits) -> None:
    url = shared_home.running["url"]
    page = await visits.blank(url)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if answer.request.resource_type == "script" else None)
    await page.goto(url)
    await sign_in(page)
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    await page.wait_for_load_state("networkidle")

    sizes: dict[str, int] = {}
    for answer in answers:
        body = await answer.body()
        if OF_CHARTS not in body:
            assert len(body) < SMALL_BYTES or answer.headers["content-encoding"] == "gzip"
            sizes[answer.url.rpartition("/")[2]] = (await answer.request.sizes())["responseBodySize"]
    assert any(name.startswith("Overview-") for name in sizes)
    assert sum(sizes.values()) <= MAX_SCRIPT_BYTES, sizes


async def test_a_second_visit_asks_for_no_asset_again(shared_home: Home, visits: Visits) -> None:
    async with Proxy(shared_home.port) as proxy:
        page = await visits.open(proxy.url)
        await page.wait_for_load_state("networkidle")
        assert any(path.startswith("/assets/") for path in proxy.asked)
        proxy.asked.clear()
        await page.reload()
        await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        await page.wait_for_load_state("networkidle")
        assert "/" in proxy.asked
        assert not [path for path in proxy.asked if path.startswith("/assets/")]
        await visits.close()
