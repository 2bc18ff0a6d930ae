import pytest
from playwright.async_api import Page, expect

from tests.browser.enforcer import Enforcer
from tests.browser.visits import Visits
from tests.integration.home import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def block(page: Page, reason: str) -> None:
    """Block the device of the page, by its dialog."""
    await page.get_by_role("button", name="Block…").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("textbox", name="Reason").fill(reason)
    await dialog.get_by_role("button", name="Block", exact=True).click()
    await expect(dialog).to_have_count(0)


async def each_shows(pages: list[Page], state: str) -> None:
    """Wait until the badge says it on every screen, and nothing else about the block."""
    for page in pages:
        for label in ("Not blocked", "Blocking…", "Blocked", "Unblocking…"):
            badge = page.get_by_role("main").get_by_text(label, exact=True)
            await expect(badge).to_have_count(1 if label == state else 0)


async def test_a_block_is_pending_then_enforced_on_every_screen(
    shared_home: Home, enforcer: Enforcer, visits: Visits
) -> None:
    shared_home.publish({"id": "tv-1", "name": "Living room TV", "kind": "tv", "status": "online"}, topic="devices")
    url = f"{shared_home.running['url']}/#/devices/tv-1"
    mine, theirs = await visits.open(url), await visits.open(url, sign_in_as="vera")
    await each_shows([mine, theirs], "Not blocked")
    await block(mine, "Too loud")
    await each_shows([mine, theirs], "Blocking…")
    enforcer.report("tv-1", "enforced", took_ms=41)
    await each_shows([mine, theirs], "Blocked")
    for page in mine, theirs:
        await expect(page.get_by_label("What enforcers say")).to_contain_text("firewall enforced in 41 ms")
        await expect(page.get_by_role("main")).to_contain_text("Too loud")

    await mine.get_by_role("button", name="Unblock…").click()
    await mine.get_by_role("dialog").get_by_role("button", name="Unblock", exact=True).click()
    await each_shows([mine, theirs], "Unblocking…")
    enforcer.report("tv-1", "released")
    await each_shows([mine, theirs], "Not blocked")


async def test_an_enforcer_that_cannot_says_why(shared_home: Home, enforcer: Enforcer, visits: Visits) -> None:
    shared_home.publish({"id": "radio-1", "status": "online"}, topic="devices")
    page = await visits.open(f"{shared_home.running['url']}/#/devices/radio-1")
    await block(page, "Too loud")
    enforcer.report("radio-1", "failed", detail="nftables: no such table")
    await expect(page.get_by_label("What enforcers say")).to_contain_text("nftables: no such table")


@pytest.mark.parametrize(("place", "button"), [("devices", "Block Plug"), ("devices/plug-1", "Block…")])
async def test_a_viewer_has_no_button_to_block(shared_home: Home, visits: Visits, place: str, button: str) -> None:
    shared_home.publish({"id": "plug-1", "name": "Plug", "status": "online"}, topic="devices")
    url = f"{shared_home.running['url']}/#/{place}"
    operator, viewer = await visits.open(url, sign_in_as="olga"), await visits.open(url, sign_in_as="vera")
    await expect(operator.get_by_role("button", name=button)).to_be_visible()
    await expect(viewer.get_by_role("main").get_by_text("Plug", exact=True).first).to_be_visible()
    await expect(viewer.get_by_role("button", name=button)).to_have_count(0)
    await viewer.keyboard.press("b")
    await expect(viewer.get_by_role("dialog")).to_have_count(0)


async def test_a_viewer_who_asks_rest_is_refused(shared_home: Home, visits: Visits) -> None:
    page = await visits.open(shared_home.running["url"], sign_in_as="vera")
    renewed = await page.request.post(f"{shared_home.running['url']}/api/auth/refresh")
    token = (await renewed.json())["access_token"]
    answer = await page.request.post(
        f"{shared_home.running['url']}/api/devices/plug-1/block",
        headers={"Authorization": f"Bearer {token}"},
        data={"reason": "I may not"},
    )
    assert answer.status == 403
