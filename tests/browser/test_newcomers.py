import json

import pytest
from playwright.async_api import expect

from tests.browser.axe import AXE, findings
from tests.browser.places import go
from tests.browser.visits import Visits, alert_rows, is_in_mode
from tests.integration.home import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_newcomer_is_held_and_let_in_from_its_alert(own_home: Home, visits: Visits) -> None:
    own_home.up(HOMEGUARD_TELL_NEW="true", HOMEGUARD_QUARANTINE_NEW="true")
    page = await visits.open(f"{own_home.running['url']}/#/alerts", bypass_csp=True)
    await page.add_script_tag(path=AXE)
    await is_in_mode(page, "Live")
    own_home.publish({"id": "stranger-1", "status": "online"}, topic="devices")
    await alert_rows(page, "New device: stranger-1").get_by_role("link", name="New device: stranger-1").click()
    alert = page.get_by_role("dialog")
    await expect(alert).to_contain_text("It is blocked until somebody lets it in")
    found = await findings(page, "alert")
    await alert.get_by_role("link", name="Open stranger-1").click()
    await expect(page.get_by_role("main")).to_contain_text("until somebody lets it in")
    found += await findings(page, "device")
    await page.get_by_role("button", name="Let in…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Let in", exact=True).click()
    await expect(page.get_by_role("button", name="Block…")).to_be_visible()
    await go(page, "/system?tab=audit", "System")
    told = page.get_by_role("list", name="Audit")
    await expect(told).to_contain_text("HomeGuard blocked stranger-1: new device: not yet let in")
    await expect(told).to_contain_text("admin unblocked stranger-1")
    assert not found, json.dumps(found, indent=1)
