import gzip
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from api.dashboard import dashboard

PAGE = '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><script type="module" src="./assets/main-1a.js">'
SCRIPT = b"console.log('" + b"x" * 2_000 + b"')"
FILES = {
    "/": "text/html; charset=utf-8",
    "/assets/main-1a.js": "text/javascript; charset=utf-8",
    "/assets/fonts/text-2b.woff2": "font/woff2",
    "/icon.svg": "image/svg+xml",
    "/manifest.webmanifest": "application/manifest+json",
}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """What `vite build` leaves, in small; beside it a file that is nobody's business."""
    build = tmp_path / "static"
    (build / "assets" / "fonts").mkdir(parents=True)
    (build / ".vite").mkdir()
    (build / ".vite" / "manifest.json").write_text("{}")
    (build / "index.html").write_text(PAGE)
    (build / "assets" / "main-1a.js").write_bytes(SCRIPT)
    (build / "assets" / "main-1a.js.gz").write_bytes(gzip.compress(SCRIPT))
    (build / "assets" / "fonts" / "text-2b.woff2").write_bytes(b"wOF2")
    (build / "icon.svg").write_text("<svg/>")
    (build / "manifest.webmanifest").write_text("{}")
    (tmp_path / "secret.txt").write_text("secret")
    return build


def client_of(build: Path) -> AsyncClient:
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})
    app.include_router(dashboard(build))
    return AsyncClient(transport=ASGITransport(app), base_url="http://home.test:8000")


@pytest.fixture
async def client(build: Path) -> AsyncIterator[AsyncClient]:
    async with client_of(build) as client:
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
    assert headers["cross-origin-opener-policy"] == "same-origin"
    policy = policy_of(headers["content-security-policy"])
    assert "unsafe" not in headers["content-security-policy"]
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert (
        policy["script-src"] == policy["font-src"] == policy["manifest-src"] == policy["frame-ancestors"] == ["'self'"]
    )
    assert policy["img-src"] == ["'self'", "data:"]
    assert policy["connect-src"] == ["'self'", "ws://home.test:8000", "wss://home.test:8000"]


async def test_the_page_gets_a_fresh_nonce_each_time(client: AsyncClient) -> None:
    nonces = set()
    for _ in range(3):
        answer = await client.get("/")
        (nonce,) = re.findall(r'content="([\w-]{20,})"', answer.text)
        assert policy_of(answer.headers["content-security-policy"])["style-src"] == ["'self'", f"'nonce-{nonce}'"]
        nonces.add(nonce)
    assert len(nonces) == 3


@pytest.mark.parametrize("host", ["a;script-src *", "a b", "*", "", "https://evil.test", "[::1", "a:1:2"])
async def test_a_host_header_cannot_write_policy(client: AsyncClient, host: str) -> None:
    header = (await client.get("/", headers={"Host": host})).headers["content-security-policy"]
    assert policy_of(header)["connect-src"] == ["'self'"]
    assert policy_of(header)["script-src"] == ["'self'"]


@pytest.mark.parametrize("host", ["[::1]:8000", "192.168.1.2", "home-guard.lan:80"])
async def test_the_sockets_of_the_own_host_are_allowed(client: AsyncClient, host: str) -> None:
    header = (await client.get("/", headers={"Host": host})).headers["content-security-policy"]
    assert f"ws://{host}" in policy_of(header)["connect-src"]


async def test_a_browser_keeps_assets_for_good_and_asks_again_for_the_rest(client: AsyncClient) -> None:
    kept = {path: (await client.get(path)).headers["cache-control"] for path in FILES}
    assert kept.pop("/assets/main-1a.js") == "public, max-age=31536000, immutable"
    assert kept.pop("/assets/fonts/text-2b.woff2") == "public, max-age=31536000, immutable"
    assert set(kept.values()) == {"no-cache"}


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP;q=0.5", "deflate, gzip, br"])
async def test_an_asset_comes_compressed_to_who_takes_it(client: AsyncClient, accepted: str) -> None:
    answer = await client.get("/assets/main-1a.js", headers={"Accept-Encoding": accepted})
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert int(answer.headers["content-length"]) < len(SCRIPT)
    assert answer.content == SCRIPT


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.000", "xgzip"])
async def test_an_asset_comes_plain_to_who_does_not(client: AsyncClient, accepted: str) -> None:
    answer = await client.get("/assets/main-1a.js", headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(SCRIPT)


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/none.js",
        "/assets/main-1a.js.gz",
        "/assets/../index.html",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets//etc/passwd",
        "/secret.txt",
        "/..%2fsecret.txt",
        "/.vite/manifest.json",
        "/index.html",
    ],
)
async def test_what_was_not_built_is_not_found(client: AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_a_file_that_comes_later_is_not_served(build: Path, client: AsyncClient) -> None:
    (build / "assets" / "later.js").write_text("later")
    assert (await client.get("/assets/later.js")).status_code == 404


@pytest.mark.parametrize("is_there", [True, False], ids=["an empty directory", "no directory"])
async def test_a_missing_build_says_how_to_make_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, is_there: bool
) -> None:
    build = tmp_path / "none"
    if is_there:
        build.mkdir()
    with caplog.at_level(logging.WARNING):
        async with client_of(build) as client:
            answer = await client.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "make frontend" in answer.text
    assert 'href="docs"' in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "dashboard: it is not built" in caplog.text
