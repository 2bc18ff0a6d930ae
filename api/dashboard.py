"""Serves the built dashboard of frontend/: its page at `/`, what the page refers to, and nothing else of the disk."""

import logging
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response

logger = logging.getLogger(__name__)

BUILD: Final = Path(__file__).with_name("static")  # where `vite build` puts it, in a checkout and in a wheel
PAGE: Final = "index.html"
NONCE: Final = b"__CSP_NONCE__"  # stands in the page where a fresh one goes
ASSETS: Final = "assets/"

_METHODS: Final = ["GET", "HEAD"]
_MEDIA_TYPES: Final = {  # of our own, for what the machine's mime.types says differs from box to box
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
# Less than RFC 3986 section 3.2 allows, but every address that a home is reached by.
_HOST: Final = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
_NOT_BUILT: Final = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>HomeGuard</title>
<h1>HomeGuard runs, without its dashboard</h1>
<p>The dashboard was not built here. In the checkout, type <code>make frontend</code>, and start HomeGuard again.</p>
<p>Everything else is there: <a href="docs">REST, with a form to try it</a>.</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    gzipped: bytes | None
    media_type: str


def dashboard(build: Path = BUILD) -> APIRouter:
    """Make the routes of a build, which is read once: what is put there later is served from the next start on."""
    files = dict(_files(build)) if build.is_dir() else {}
    router = APIRouter(include_in_schema=False)
    page = files.pop(PAGE, None)
    if page is None:
        logger.warning("dashboard: it is not built, so / says how to; everything else is served")
    _add_page(router, page)
    assets = {name.removeprefix(ASSETS): files.pop(name) for name in list(files) if name.startswith(ASSETS)}
    _add_assets(router, assets)
    for name, file in files.items():
        _add_file(router, name, file)
    return router


def _files(build: Path) -> Iterator[tuple[str, _File]]:
    """Read what is in a build, by its path in there; hidden files are the builder's own notes."""
    paths = sorted(path for path in build.rglob("*") if path.is_file())
    for path in paths:
        name = path.relative_to(build).as_posix()
        zipped = path.with_name(f"{path.name}.gz")
        is_zipped = path.suffix == ".gz" and path.with_suffix("") in paths
        if not is_zipped and not any(part.startswith(".") for part in name.split("/")):
            media_type = _MEDIA_TYPES.get(path.suffix, "application/octet-stream")
            yield name, _File(path.read_bytes(), zipped.read_bytes() if zipped in paths else None, media_type)


def _add_page(router: APIRouter, page: _File | None) -> None:
    @router.api_route("/", methods=_METHODS)
    async def index(request: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        headers = _headers(request, nonce) | {"Cache-Control": "no-cache"}  # the page names the assets that fit it
        if page is None:
            return Response(_NOT_BUILT, 503, headers, _MEDIA_TYPES[".html"])
        return Response(page.content.replace(NONCE, nonce.encode()), headers=headers, media_type=page.media_type)


def _add_assets(router: APIRouter, assets: dict[str, _File]) -> None:
    @router.api_route("/assets/{path:path}", methods=_METHODS)
    async def asset(path: str, request: Request) -> Response:
        if path not in assets:
            raise HTTPException(404)
        return _response(assets[path], request, "public, max-age=31536000, immutable")  # its name is of its content


def _add_file(router: APIRouter, name: str, file: _File) -> None:
    @router.api_route(f"/{name}", methods=_METHODS)
    async def other(request: Request) -> Response:
        return _response(file, request, "no-cache")


def _response(file: _File, request: Request, caching: str) -> Response:
    headers = _headers(request) | {"Cache-Control": caching}
    content = file.content
    if file.gzipped is not None:
        headers["Vary"] = "Accept-Encoding"
        if _takes_gzip(request.headers.get("accept-encoding", "")):
            headers["Content-Encoding"] = "gzip"
            content = file.gzipped
    return Response(content, headers=headers, media_type=file.media_type)


def _takes_gzip(accepted: str) -> bool:
    """Read Accept-Encoding (RFC 9110 section 12.5.3): a weight of 0 refuses."""
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() == "gzip":
            return not re.fullmatch(r"q=0(\.0{0,3})?", weight.strip())
    return False


def _headers(request: Request, nonce: str | None = None) -> dict[str, str]:
    return {
        "Content-Security-Policy": _policy(request.headers.get("host", ""), nonce),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
    }


def _policy(host: str, nonce: str | None) -> str:
    """Allow our own files and our own host; the host is said again because older browsers keep `ws:` out of 'self'."""
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""  # a header must not write policy
    styles = f" 'nonce-{nonce}'" if nonce else ""  # for the style elements that the page's script makes
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self'{styles}",
            "img-src 'self' data:",
            "font-src 'self'",
            "manifest-src 'self'",
            f"connect-src 'self'{sockets}",
            "base-uri 'none'",
            "form-action 'none'",  # the script sends the form; without it no password may end in a URL
            "frame-ancestors 'self'",  # Home Assistant shows it in a frame, through a proxy of the same origin
        ]
    )
