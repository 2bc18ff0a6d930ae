import re
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from api.page import router

LINKS = re.compile(r"""(?:href|src|action)\s*=\s*["']([^"']*)["']""")
FILES = {
    "/": "text/html; charset=utf-8",
    "/page/page.js": "text/javascript; charset=utf-8",
    "/page/page.css": "text/css; charset=utf-8",
    "/page/icon.svg": "image/svg+xml",
}


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})
    app.include_router(router)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://home.test:8000") as client:
        yield client


def policy_of(header: str) -> dict[str, list[str]]:
    directives = (part.split() for part in header.split(";"))
    return {name: sources for name, *sources in directives}


@pytest.mark.parametrize(("path", "media_type"), FILES.items())
async def test_each_file_is_served_as_what_it_is(client: AsyncClient, path: str, media_type: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert (await client.head(path)).status_code == 200


@pytest.mark.parametrize("path", FILES)
async def test_each_file_comes_with_the_headers_that_protect_it(client: AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    policy = policy_of(headers["content-security-policy"])
    assert "unsafe" not in headers["content-security-policy"]
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["connect-src"] == ["'self'", "ws://home.test:8000", "wss://home.test:8000"]


@pytest.mark.parametrize("host", ["a;script-src *", "a b", "*", "", "https://evil.test", "[::1", "a:1:2"])
async def test_a_host_header_cannot_write_policy(client: AsyncClient, host: str) -> None:
    header = (await client.get("/", headers={"Host": host})).headers["content-security-policy"]
    assert policy_of(header)["connect-src"] == ["'self'"]
    assert policy_of(header)["script-src"] == ["'self'"]


@pytest.mark.parametrize("host", ["[::1]:8000", "192.168.1.2", "home-guard.lan:80"])
async def test_the_sockets_of_the_own_host_are_allowed(client: AsyncClient, host: str) -> None:
    header = (await client.get("/", headers={"Host": host})).headers["content-security-policy"]
    assert f"ws://{host}" in policy_of(header)["connect-src"]


async def test_the_page_refers_only_to_what_is_served_here(client: AsyncClient) -> None:
    links = set(LINKS.findall((await client.get("/")).text)) - {"docs"}  # FastAPI's own, for people to click
    assert {f"/{link}" for link in links} == FILES.keys() - {"/"}


@pytest.mark.parametrize("path", FILES)
async def test_no_file_names_another_host(client: AsyncClient, path: str) -> None:
    text = (await client.get(path)).text.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "//" not in re.sub(r"(^|\s)//\s.*", "", text)  # but for comments


async def test_the_page_has_no_inline_script_or_style(client: AsyncClient) -> None:
    html = (await client.get("/")).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
    assert re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL) == [""]


async def test_the_script_writes_text_only_and_stores_nothing(client: AsyncClient) -> None:
    script = (await client.get("/page/page.js")).text
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Storage", ".cookie"):
        assert forbidden not in script


@pytest.mark.parametrize("path", ["/page/", "/page/none.js", "/page/__init__.py", "/page/..%2f__init__.py", "/page.js"])
async def test_an_unknown_file_is_not_found(client: AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_the_page_works_for_people_who_do_not_see_it(client: AsyncClient) -> None:
    html = (await client.get("/")).text
    assert '<html lang="en">' in html
    assert html.count("<input") == len(re.findall(r"<label>[^<]+<input", html))
    assert re.search(r'id="announcement"[^>]*aria-live="polite"', html)
