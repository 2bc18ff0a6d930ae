import pytest

from tests.browser.places import PLACES, go
from tests.browser.visits import PHONE, Visits, is_in_mode, sign_in
from tests.integration.home import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What reaches beyond the right edge of the screen, outside of a box that scrolls or hides it by itself.
TOO_WIDE = """() => {
  const edge = document.documentElement.clientWidth;
  const clips = (node) => node !== document.body && getComputedStyle(node).overflowX !== "visible";
  const isClipped = (node) => node.parentElement && (clips(node.parentElement) || isClipped(node.parentElement));
  const wide = [...document.body.querySelectorAll("*")].filter(
    (node) => node.getBoundingClientRect().right > edge + 1 && !isClipped(node));
  const scrolls = document.scrollingElement.scrollWidth > edge;
  return { scrolls, wide: wide.slice(0, 5).map((node) => node.outerHTML.slice(0, 200)) };
}"""


async def test_no_page_scrolls_sideways_on_a_phone(furnished_home: Home, visits: Visits) -> None:
    page = await visits.open(furnished_home.running["url"], sign_in_as=None, viewport=PHONE)
    assert await page.evaluate(TOO_WIDE) == {"scrolls": False, "wide": []}
    await sign_in(page)
    await is_in_mode(page, "Live")
    for place, heading in PLACES.items():
        await go(page, place, heading)
        assert await page.evaluate(TOO_WIDE) == {"scrolls": False, "wide": []}, place
