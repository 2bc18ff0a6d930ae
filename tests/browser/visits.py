"""Browsers of people who visit the page, each with cookies of its own; whatever a browser complains of is kept."""

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.integration.home import PASSWORD

WAIT_MS = 20_000  # a box that runs other tests too is slow at times
expect.set_options(timeout=WAIT_MS)

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}

# A browser that was never here has no cookie to refresh with: the page asks all the same, for it cannot see the cookie.
NO_COOKIE_YET = r"status of 401 .*/api/auth/refresh"
# Where a token may end by mistake, and what the page has put there.
STORED = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, location.href, document.cookie])"
A_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.|refresh", re.IGNORECASE)


class Visits:
    """The browsers of one test."""

    def __init__(self, browser: Browser) -> None:
        """Nobody is there yet."""
        self._browser = browser
        self._allowed = [re.compile(NO_COOKIE_YET)]
        self._contexts: list[BrowserContext] = []
        self._complaints: list[str] = []

    async def open(self, url: str, *, sign_in_as: str | None = "admin", **options: Any) -> Page:
        """Open the page in a fresh browser, and sign in; options are those of a context."""
        page = await self.blank(url, **options)
        await page.goto(url)
        if sign_in_as is not None:
            await sign_in(page, sign_in_as)
        return page

    async def blank(self, url: str, **options: Any) -> Page:
        """Make a fresh browser that is about to visit `url`, and no other host."""
        context = await self._browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce"} | options)
        context.set_default_timeout(WAIT_MS)
        context.on("page", lambda page: self._watch(page, url))
        self._contexts.append(context)
        return await context.new_page()

    def allow(self, pattern: str) -> None:
        """Expect a complaint that the test itself causes."""
        self._allowed.append(re.compile(pattern))

    @property
    def complaints(self) -> list[str]:
        """What browsers complained of that no test causes."""
        return [said for said in self._complaints if not any(allowed.search(said) for allowed in self._allowed)]

    async def close(self) -> None:
        """Close them; a token that lies where it must not is a complaint."""
        while self._contexts:
            context = self._contexts.pop()
            for page in context.pages:
                stored = await page.evaluate(STORED)
                if A_TOKEN.search(stored):
                    self._complaints.append(f"a token lies in {stored}")
            await context.close()

    def _watch(self, page: Page, url: str) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._complaints.append(f"error: {error}"))
        page.on("request", lambda request: self._check_host(request.url, url))
        page.on("websocket", lambda socket: self._check_host(socket.url, url))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._complaints.append(f"{message.text} {message.location['url']}")

    def _check_host(self, asked: str, url: str) -> None:
        scheme, host, *_ = urlsplit(asked)
        if scheme not in ("data", "blob") and host != urlsplit(url).netloc:
            self._complaints.append(f"request to another host: {asked}")
        if A_TOKEN.search(asked.replace("api/auth/refresh", "")):
            self._complaints.append(f"a token in a URL: {asked}")


async def sign_in(page: Page, username: str = "admin", password: str = PASSWORD) -> None:
    """Fill in the form, and wait until somebody is in."""
    await fill_in(page, username, password)
    await expect(page.get_by_role("navigation", name="Pages")).to_be_visible()


async def fill_in(page: Page, username: str, password: str) -> None:
    """Fill in the form, and send it."""
    await page.get_by_label("User name").fill(username)
    await page.get_by_label(re.compile("^Password")).fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def is_in_mode(page: Page, mode: str) -> None:
    """Wait until the badge says how fresh the page is: Live, Reconnecting, Polling, Offline."""
    await expect(page.get_by_role("banner").get_by_text(mode, exact=True).first).to_be_visible(timeout=2 * WAIT_MS)


def alert_rows(page: Page, reason: str) -> Locator:
    """Find the rows of the alerts page with this reason."""
    return page.get_by_role("main").get_by_role("listitem").filter(has_text=reason)


def toasts(page: Page) -> Locator:
    """Find the corner where something pops up."""
    return page.get_by_label("Notifications")
