"""A page of another origin, open in the browser of somebody who is signed in, gets nothing and ends nothing."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.other_site import OtherSite
from tests.browser.visits import Visits, is_in_mode
from tests.integration.home import Home

pytestmark = pytest.mark.asyncio(loop_scope="session")

# 127.0.0.1 on another port is the same site, so the browser sends even a SameSite=Strict cookie; localhost is not.
HOSTS = ["127.0.0.1", "localhost"]

ASK = """async ([url, options]) => {
  try {
    const answer = await fetch(url, {credentials: "include", ...options});
    return {type: answer.type, status: answer.status, text: await answer.text()};
  } catch (error) {
    return String(error);
  }
}"""
SEND_FORM = """([url, target]) => new Promise(resolve => {
  const frame = Object.assign(document.createElement("iframe"), {name: target});
  const form = document.createElement("form");
  Object.assign(form, {action: url, method: "post", target, enctype: "text/plain"});
  document.body.append(frame, form);
  frame.onload = resolve;  // of what answers the form: the empty frame has loaded by now
  form.submit();
})"""
OPEN_SOCKET = """url => new Promise(resolve => {
  const socket = new WebSocket(url);
  socket.onopen = () => resolve("open");
  socket.onclose = ({code}) => resolve(code);
})"""
SHOW = """url => new Promise(resolve => {
  const frame = Object.assign(document.createElement("iframe"), {src: url, onload: resolve});
  document.body.append(frame);
})"""
LOAD = """([tag, url]) => new Promise(resolve => {
  const element = document.createElement(tag);
  Object.assign(element, {onload: () => resolve("loaded"), onerror: () => resolve("refused"), src: url});
  document.body.append(element);
})"""


async def cookie_of(page: Page) -> Any:
    return [cookie["value"] for cookie in await page.context.cookies() if cookie["name"] == "homeguard_refresh"]


@pytest.mark.parametrize("host", HOSTS)
async def test_a_page_of_another_origin_gets_nothing_and_ends_nothing(
    shared_home: Home, visits: Visits, host: str
) -> None:
    url = shared_home.running["url"]
    visits.allow(r".*")  # a browser complains of each thing that is tried here
    page = await visits.open(url)
    await is_in_mode(page, "Live")
    cookie = await cookie_of(page)
    assert cookie
    async with OtherSite() as site:
        evil = await page.context.new_page()
        await evil.goto(site.url(host))
        for path in "/api/auth/refresh", "/api/auth/logout":
            assert "Failed to fetch" in await evil.evaluate(ASK, [url + path, {"method": "POST"}])
            assert "Failed to fetch" in await evil.evaluate(ASK, [url + path, {"method": "POST", "mode": "no-cors"}])
            await evil.evaluate(SEND_FORM, [url + path, f"to{path.replace('/', '-')}"])
        assert "Failed to fetch" in await evil.evaluate(ASK, [f"{url}/api/auth/welcome", {}])
        for channel in "alerts", "devices":
            assert await evil.evaluate(OPEN_SOCKET, f"{url.replace('http', 'ws', 1)}/ws/{channel}") == 1006
        for tag in "img", "script":
            assert await evil.evaluate(LOAD, [tag, f"{url}/api/auth/welcome"]) == "refused"
        for path in "/", "/docs", "/api/auth/welcome":
            await evil.evaluate(SHOW, url + path)
            assert not [frame for frame in evil.frames if frame.url.startswith(url)]
    assert await cookie_of(page) == cookie
    await evil.close()
    await page.reload()
    await expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    await is_in_mode(page, "Live")


async def test_an_allowed_page_may_sign_in_and_listen(own_home: Home, visits: Visits) -> None:
    async with OtherSite() as site:
        origin = site.url("localhost").rstrip("/")
        own_home.up(HOMEGUARD_ALLOWED_ORIGINS=origin)
        url = own_home.running["url"]
        page = await visits.blank(origin)
        visits.allow(re.escape(url.partition("://")[2]))  # another host is the point
        await page.goto(origin)
        body = '{"username":"admin","password":"correct horse battery"}'
        headers = {"Content-Type": "application/json"}
        answer = await page.evaluate(
            ASK, [f"{url}/api/auth/login", {"method": "POST", "body": body, "headers": headers}]
        )
        assert answer["status"] == 200
        token = re.findall(r'"access_token":"([^"]+)"', answer["text"])[0]
        headers = {"Authorization": f"Bearer {token}"}
        answer = await page.evaluate(ASK, [f"{url}/api/devices", {"headers": headers}])
        assert answer["status"] == 200
        ticket = await page.evaluate(ASK, [f"{url}/api/auth/ws-ticket", {"method": "POST", "headers": headers}])
        ticket = re.findall(r'"ticket":"([^"]+)"', ticket["text"])[0]
        socket = f"{url.replace('http', 'ws', 1)}/ws/alerts?ticket={ticket}"
        assert await page.evaluate(OPEN_SOCKET, socket) == "open"


async def test_docs_work_within_their_policy(shared_home: Home, visits: Visits) -> None:
    url = shared_home.running["url"]
    page = await visits.blank(url)
    await page.goto(f"{url}/docs")
    await page.locator("#operations-auth-welcome_api_auth_welcome_get button.opblock-summary-control").click()
    await page.get_by_role("button", name="Try it out").click()
    await page.get_by_role("button", name="Execute").click()
    await expect(page.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
