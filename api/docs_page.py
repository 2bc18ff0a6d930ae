"""`/docs`: Swagger UI from this box, which runs its own two scripts and nothing that somebody else wrote."""

import re
from base64 import b64encode
from hashlib import sha256
from typing import Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, Response

_ASSETS: Final = (
    "static-offline-docs"  # where FastAPIOffline serves them; relative, so it works below a path of a proxy
)
_INLINE: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def add_docs(app: FastAPI) -> None:
    """Serve the page."""
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=f"{app.title}: REST",
        swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{_ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{_ASSETS}/favicon.png",
    ).body
    headers = {"Content-Security-Policy": _policy(bytes(page).decode()), "X-Frame-Options": "DENY"}

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(page, headers=headers)


def _policy(page: str) -> str:
    scripts = [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in _INLINE.findall(page)]
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' {' '.join(scripts)}",
            "style-src 'self' 'unsafe-inline'",  # Swagger UI writes style attributes
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )
