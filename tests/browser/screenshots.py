"""Takes the pictures of the README: `make screenshots`."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.chromium import launch, require_chromium
from tests.browser.enforcer import Enforcer
from tests.browser.places import add_device, go
from tests.browser.story import BLOCKED, PENDING, PEOPLE, tell
from tests.browser.visits import Visits, is_in_mode, sign_in
from tests.integration.home import PASSWORD, Home

IMAGES = Path(__file__).parents[2] / "docs" / "images"
MAX_BYTES = 150_000  # each is fetched by whoever reads the README

LOOKS: Final[dict[str, dict[str, Any]]] = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
PAGES: Final = {
    "overview": ("/", "Overview"),
    "devices": ("/devices", "Devices"),
    "device": ("/devices/thermostat-1", "Hallway thermostat"),
    "blocked-device": (f"/devices/{BLOCKED}", "Unknown laptop"),
    "alerts": ("/alerts", "Alerts"),
    "system": ("/system?tab=rejects", "System"),
    "users": ("/system?tab=users", "System"),
    "audit": ("/system?tab=audit", "System"),
}


async def main() -> int:
    """Furnish a home, visit it in each look, and write what is seen."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        home = Home(Path(directory) / "home").up()
        try:
            tell(home)
            await block_two(home)
            await add_people(home)
            async with async_playwright() as playwright:
                browser = await launch(playwright, require_chromium())
                for name, look in LOOKS.items():
                    await take_all(browser, home, name, look)
        finally:
            home.stop()
    large = [image.name for image in IMAGES.glob("*.png") if image.stat().st_size > MAX_BYTES]
    if large:
        print(f"screenshots: larger than {MAX_BYTES} bytes: {', '.join(large)}", file=sys.stderr)
    return len(large)


async def block_two(home: Home) -> None:
    """Block one device that the enforcer can reach, and one that it has not answered for."""
    enforcer = Enforcer(home)
    async with admin(home) as client:
        await client.post(f"/api/devices/{BLOCKED}/block", json={"reason": "Port scan"})
        enforcer.report(BLOCKED, "enforced", took_ms=23, detail="nftables, 1 element")
        await client.post(f"/api/devices/{PENDING}/block", json={"reason": "Bedtime", "minutes": 480})
        oldest = (await client.get("/api/alerts")).json()["items"][-1]
        await client.post(f"/api/alerts/{oldest['id']}/acknowledge")


@asynccontextmanager
async def admin(home: Home) -> AsyncIterator[httpx.AsyncClient]:
    """Be the admin without a page, and leave no session that a picture would show."""
    async with home.client() as client:
        yield client
        await client.post("/api/auth/logout")


async def add_people(home: Home) -> None:
    """Let others in, one to read alerts alone; somebody has guessed, too."""
    async with admin(home) as client:
        await client.post("/api/auth/login", json={"username": "root", "password": "a wrong guess"})
        for body in PEOPLE:
            await client.post("/api/users", json=body | {"password": PASSWORD})


async def take_all(browser: Browser, home: Home, name: str, look: dict[str, Any]) -> None:
    """Take each page in one look."""
    visits = Visits(browser)
    page = await visits.open(home.running["url"], sign_in_as=None, **look)
    await take(page, f"sign-in-{name}")
    await sign_in(page)
    await is_in_mode(page, "Live")
    for shown, (place, heading) in PAGES.items():
        await go(page, place, heading)
        await take(page, f"{shown}-{name}")
    await go(page, "/alerts", "Alerts")
    await page.get_by_role("main").get_by_role("link", name="Port scan").click()
    await expect(page.get_by_role("dialog")).to_contain_text("1883")
    await take(page, f"alert-{name}")
    await page.keyboard.press("Escape")
    await go(page, "/devices/cam-2", "Garage camera")
    await page.get_by_role("button", name="Block…").click()
    await expect(page.get_by_role("dialog")).to_contain_text("For how long")
    await take(page, f"block-{name}")
    await page.keyboard.press("Escape")
    await go(page, "/devices?q=gate", "Devices")  # little behind it: a picture has a limit
    credentials = await add_device(page, f"gate-{name}", "Garden gate")
    await take(page, f"credentials-{name}")
    await credentials.get_by_role("button", name="I have copied it").click()
    await go(page, f"/devices/gate-{name}", "Garden gate")
    await page.get_by_role("button", name="Your account").click()
    await page.get_by_role("menuitem", name="Where am I signed in?").click()
    await expect(page.get_by_role("list", name="Sessions")).to_contain_text("This one")
    await take(page, f"sessions-{name}")
    await page.keyboard.press("Escape")
    await forget_device(home, f"gate-{name}")
    await visits.close()


async def forget_device(home: Home, device_id: str) -> None:
    """Remove what was added for a picture: the next look begins as this one did."""
    async with admin(home) as client:
        await client.delete(f"/api/devices/{device_id}")


async def take(page: Page, name: str) -> None:
    """Write what is in sight, with nothing that moves, and no pointer on anything."""
    await page.mouse.move(0, 0)
    await page.screenshot(path=IMAGES / f"{name}.png", animations="disabled", caret="hide")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
