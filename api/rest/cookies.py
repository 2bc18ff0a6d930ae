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
from homeguard.settings import Settings

NAME: Final = "homeguard_refresh"

RefreshCookie = Annotated[str | None, Cookie(alias=NAME, include_in_schema=False)]


async def _own_page(request: Request, context: Shared) -> None:
    """Refuse pages of other sites: a browser sends the cookie by itself, so it does not prove who asks.

    Raises:
        NotAllowed: the origin is neither ours nor allowed.
    """
    check_origin(request, context.settings.allowed_origins)


OwnPage = Depends(_own_page)


def keep(response: Response, settings: Settings, refresh_token: str, until: datetime) -> None:
    """Give the browser the refresh token."""
    response.set_cookie(
        NAME,
        refresh_token,
        expires=until,
        path=None,
        secure=settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )


def forget(response: Response, settings: Settings) -> None:
    """Take the refresh token away from the browser."""
    response.set_cookie(
        NAME,
        max_age=0,
        expires=0,
        path=None,
        secure=settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )
