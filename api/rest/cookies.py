"""The refresh cookie: sent to `/api/auth` alone, never readable by a page, and only for pages of our own.

It names no path. So a browser takes the directory of the address that it asked (RFC 6265 section 5.1.4): `/api/auth`,
or `/home/api/auth` behind a proxy that shows HomeGuard below `/home` and tells us nothing of it.
"""

from datetime import datetime
from typing import Annotated, Final

from fastapi import Cookie, Depends, Request
from starlette.responses import Response

from api.live.admission import check_origin
from api.rest.parameters import Shared

NAME: Final = "homeguard_refresh"

RefreshCookie = Annotated[str | None, Cookie(alias=NAME, include_in_schema=False)]


async def _own_page(request: Request, context: Shared) -> None:
    """Refuse pages of other sites: a browser sends the cookie by itself, so it does not prove who asks.

    Raises:
        NotAllowed: the origin is neither ours nor allowed.
    """
    check_origin(request, context.settings.allowed_origins)


OwnPage = Depends(_own_page)


class Jar:
    """The cookies of one browser. They are Secure where it came over TLS, also as a trusted proxy tells it."""

    def __init__(self, request: Request, response: Response, context: Shared) -> None:
        """Take who asks, and the answer that shall bring the cookie."""
        self._response = response
        self._is_secure = context.settings.secure_cookies or request.url.scheme == "https"

    def keep(self, refresh_token: str, until: datetime) -> None:
        """Give the browser the refresh token."""
        self._response.set_cookie(
            NAME,
            refresh_token,
            expires=until,
            path=None,
            secure=self._is_secure,
            httponly=True,
            samesite="strict",
        )

    def forget(self) -> None:
        """Take the refresh token away from the browser."""
        self._response.set_cookie(
            NAME,
            max_age=0,
            expires=0,
            path=None,
            secure=self._is_secure,
            httponly=True,
            samesite="strict",
        )


Cookies = Annotated[Jar, Depends(Jar)]
