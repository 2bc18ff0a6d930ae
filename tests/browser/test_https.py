"""The dashboard over HTTPS, in a browser that was given `ca.crt` as docs/tls.md says, and in one that was not."""

import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, async_playwright, expect

from tests.browser.chromium import launch
from tests.browser.visits import Visits
from tests.integration.home import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def secure_home(own_home: Home) -> Home:
    """A home with certificates."""
    assert own_home.run("certs").returncode == 0
    own_home.up()
    return own_home


@pytest.fixture
def person(secure_home: Home, tmp_path: Path) -> Path:
    """The home directory of somebody who has added the authority to their browser, by the very line of docs/tls.md."""
    if shutil.which("certutil") is None:
        why = "certutil is not installed: `make test` installs it"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    nssdb = tmp_path / "person" / ".pki" / "nssdb"
    nssdb.mkdir(parents=True)
    ca_file = secure_home.data_dir / "certs" / "ca.crt"
    for words in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "HomeGuard", "-i", ca_file]):
        subprocess.run(["certutil", "-d", f"sql:{nssdb}", *words], check=True)
    return tmp_path / "person"


@pytest_asyncio.fixture(loop_scope="session")
async def trusting(chromium: str, person: Path) -> AsyncIterator[Browser]:
    """The browser of somebody who has added the authority."""
    async with async_playwright() as playwright:
        browser = await launch(playwright, chromium, person)
        yield browser
        await browser.close()


async def test_page_is_secure_signs_in_with_a_secure_cookie_and_follows_alerts_live(
    secure_home: Home, trusting: Browser
) -> None:
    visits = Visits(trusting)
    page = await visits.open(secure_home.running["url"].replace("127.0.0.1", "localhost"))
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert await page.evaluate("window.isSecureContext && location.protocol") == "https:"
    (cookie,) = [each for each in await page.context.cookies() if each["name"] == "homeguard_refresh"]
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
    secure_home.publish({"device_id": "cam-1", "reason": "Port scan"})
    await expect(page.get_by_text("Port scan").first).to_be_visible()
    await expect(page.get_by_text("Live", exact=True).first).to_be_visible()
    await visits.close()
    assert not visits.complaints, "\n".join(visits.complaints)


async def test_browser_that_was_not_given_the_authority_refuses_the_page(secure_home: Home, browser: Browser) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    with pytest.raises(Error, match=re.compile("ERR_CERT_AUTHORITY_INVALID")):
        await page.goto(secure_home.running["url"])
    await context.close()
