import re
import shlex
import subprocess

import pytest
from playwright.async_api import Page, expect

from tests.browser.places import add_device, go
from tests.browser.visits import Visits, alert_rows, fill_in, is_in_mode
from tests.integration.home import PASSWORD, Home

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def sessions_of_mine(page: Page) -> None:
    """Open what lists one's own sessions."""
    await page.get_by_role("button", name="Your account").click()
    await page.get_by_role("menuitem", name="Where am I signed in?").click()
    await expect(page.get_by_role("list", name="Sessions")).to_be_visible()


def paste(text: str) -> subprocess.CompletedProcess[str]:
    """Run a line as a shell would."""
    return subprocess.run(shlex.split(text), timeout=10, capture_output=True, text=True, check=False)


async def test_a_device_is_added_and_speaks_with_what_was_shown(shared_home: Home, visits: Visits) -> None:
    page = await visits.open(f"{shared_home.running['url']}/#/devices")
    await is_in_mode(page, "Live")
    shown = await add_device(page, "gate-1", "Garden gate")
    await expect(shown).to_contain_text("You will not see this password again")
    lines = (await shown.get_by_role("tabpanel").locator("pre").inner_text()).splitlines()
    await shown.get_by_role("button", name="I have copied it").click()
    await expect(page.get_by_role("heading", name="Garden gate", exact=True)).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text("its own, at the broker")

    for line in lines:
        if line.startswith("mosquitto_pub"):
            done = paste(line)
            assert done.returncode == 0, (line, done.stderr)
    await expect(page.get_by_role("main").get_by_text("Online", exact=True)).to_be_visible()
    await expect(page.get_by_role("main").get_by_role("link", name="Port scan")).to_be_visible()
    await go(page, "/alerts?device=gate-1", "Alerts")
    row = alert_rows(page, "Port scan")
    await expect(row).to_have_count(1)
    await expect(row).not_to_contain_text("Unverified")

    await go(page, "/devices/gate-1", "Garden gate")
    await page.get_by_role("button", name="More to do with this device").click()
    await page.get_by_role("menuitem", name="New password…").click()
    await page.get_by_role("dialog").get_by_role("button", name="New password").click()
    await expect(page.get_by_role("dialog")).to_contain_text("You will not see this password again")
    await page.get_by_role("button", name="I have copied it").click()
    old = next(line for line in lines if line.startswith("mosquitto_pub"))
    assert paste(old).returncode != 0  # the password of before is none


async def test_a_session_that_is_ended_elsewhere_is_signed_out_at_once(shared_home: Home, visits: Visits) -> None:
    visits.allow(r"status of 401")  # the page asks once more before it believes that the session has ended
    url = shared_home.running["url"]
    theirs = await visits.open(url, sign_in_as="olga", user_agent="curl/8.5.0")
    await is_in_mode(theirs, "Live")
    mine = await visits.open(url, sign_in_as="olga")
    await is_in_mode(mine, "Live")
    await sessions_of_mine(mine)
    await expect(mine.get_by_role("listitem").filter(has_text="This one")).to_have_count(1)
    await mine.get_by_role("button", name="Sign out curl 8.5.0").first.click()
    await expect(theirs.get_by_role("alert")).to_contain_text("session has ended", timeout=2_000)
    await expect(mine.get_by_role("button", name="Sign out curl 8.5.0")).to_have_count(0)
    await is_in_mode(mine, "Live")


async def test_an_admin_ends_the_sessions_of_a_user_and_the_audit_tells_it(shared_home: Home, visits: Visits) -> None:
    visits.allow(r"status of 401")
    url = shared_home.running["url"]
    async with shared_home.client() as admin:
        await admin.post("/api/users", json={"username": "hugo", "password": PASSWORD, "role": "viewer"})
    theirs = await visits.open(url, sign_in_as="hugo")
    await is_in_mode(theirs, "Live")
    mine = await visits.open(f"{url}/#/system?tab=users")
    await mine.get_by_role("button", name="Change hugo").click()
    await mine.get_by_role("menuitem", name="Where signed in").click()
    await mine.get_by_role("dialog").get_by_role("button", name=re.compile("^Sign out")).click()
    await expect(theirs.get_by_role("alert")).to_contain_text("session has ended", timeout=2_000)
    await expect(mine.get_by_role("dialog")).to_contain_text("hugo is not signed in")
    await mine.keyboard.press("Escape")
    await go(mine, "/system?tab=audit&action=session_ended&by=admin", "System")
    newest = mine.get_by_role("list", name="Audit").get_by_role("listitem").first
    await expect(newest).to_contain_text("admin signed hugo out, from 127.0.0.1")


async def test_who_reads_alerts_alone_has_a_dashboard_without_devices(shared_home: Home, visits: Visits) -> None:
    async with shared_home.client() as admin:
        body = {"username": "ines", "password": PASSWORD, "role": "operator", "channels": ["alerts"]}
        assert (await admin.post("/api/users", json=body)).status_code == 201
    url = shared_home.running["url"]
    page = await visits.blank(url)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url.partition("?")[0].rpartition("/")[2]))
    await page.goto(url)
    await fill_in(page, "ines", PASSWORD)
    await is_in_mode(page, "Live")
    for place, heading in {"/": "Overview", "/alerts": "Alerts", "/system": "System"}.items():
        await go(page, place, heading)
        await expect(page.get_by_role("main")).not_to_contain_text("Devices online")
    await expect(page.get_by_role("navigation").get_by_role("link", name="Devices")).to_have_count(0)
    await go(page, "/devices/cam-1", "Devices")
    await expect(page.get_by_role("main")).to_contain_text("Your user does not read devices")
    assert sockets == ["alerts"]  # and no request was refused: the browser would have complained
