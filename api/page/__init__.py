"""The first page: what a browser gets at `/` until the dashboard of frontend/ takes the place."""

import re
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response

_MEDIA_TYPES: Final = {
    "index.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_FILES: Final = {name: files(__package__).joinpath(name).read_bytes() for name in _MEDIA_TYPES}
# Less than RFC 3986 section 3.2 allows, but every address that a home is reached by.
_HOST: Final = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
async def index(request: Request) -> Response:
    """Serve the page itself."""
    return _response("index.html", request)


@router.api_route("/page/{name}", methods=["GET", "HEAD"])
async def asset(name: str, request: Request) -> Response:
    """Serve what the page refers to."""
    if name not in _FILES:
        raise HTTPException(404)
    return _response(name, request)


def _response(name: str, request: Request) -> Response:
    headers = {
        "Cache-Control": "no-cache",  # after an update the page and its script must fit together
        "Content-Security-Policy": _policy(request.headers.get("host", "")),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(_FILES[name], headers=headers, media_type=_MEDIA_TYPES[name])


def _policy(host: str) -> str:
    """Allow our own files and our own host; the host is said again because older browsers keep `ws:` out of 'self'."""
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""  # a header must not write policy
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self'{sockets}",
            "base-uri 'none'",
            "form-action 'none'",  # the script sends the form; without it no password may end in a URL
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",  # text of publishers can never become markup
        ]
    )
