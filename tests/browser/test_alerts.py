import pytest
from playwright.async_api import expect

from tests.browser.visits import Visits, alert_rows, is_in_mode, toasts
from tests.integration.home import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_alert_appears_and_pops_up_without_a_reload(shared_home: Home, visits: Visits) -> None:
    page = await visits.open(f"{shared_home.running['url']}/#/alerts")
    await is_in_mode(page, "Live")
    shared_home.publish({"device_id": "cam-1", "reason": "Somebody at the gate", "severity": "high"})
    await expect(alert_rows(page, "Somebody at the gate")).to_have_count(1)
    await expect(toasts(page)).to_contain_text("New alert: Somebody at the gate")


async def test_a_storm_pops_up_three_times_and_says_how_many_more(shared_home: Home, visits: Visits) -> None:
    page = await visits.open(shared_home.running["url"])
    await is_in_mode(page, "Live")
    shared_home.publish_many({"device_id": f"cam-{number}", "reason": f"Knock {number}"} for number in range(15))
    await expect(toasts(page)).to_contain_text("12 more")
    await expect(toasts(page).get_by_text("New alert: Knock")).to_have_count(3)


async def test_an_alert_acknowledged_on_one_screen_is_so_on_the_other(shared_home: Home, visits: Visits) -> None:
    url = f"{shared_home.running['url']}/#/alerts?q=Window+left+open"
    mine, theirs = await visits.open(url), await visits.open(url, sign_in_as="vera")
    await is_in_mode(theirs, "Live")
    shared_home.publish({"device_id": "window-1", "reason": "Window left open"})
    row = alert_rows(mine, "Window left open")
    await row.get_by_role("checkbox").check()
    await mine.get_by_role("button", name="Acknowledge 1").click()
    for page in mine, theirs:
        await expect(alert_rows(page, "Window left open")).to_contain_text("admin")
    await expect(theirs.get_by_role("button", name="Acknowledge")).to_have_count(0)


async def test_what_a_publisher_says_is_text(shared_home: Home, visits: Visits) -> None:
    said = '<img src=x onerror="alert(1)"><b>bold</b>'
    page = await visits.open(f"{shared_home.running['url']}/#/alerts")
    await is_in_mode(page, "Live")
    shared_home.publish({"device_id": "cam-1", "reason": said})
    await expect(alert_rows(page, said)).to_have_count(1)
