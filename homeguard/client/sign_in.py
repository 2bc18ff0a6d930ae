"""Access tokens for `subscribe` from a user name and a password, over REST (DESIGN 4.4)."""

import asyncio
import ssl
from typing import Final

import httpx

from homeguard.certificates.tls import client_context, why_not
from homeguard.client.refusals import why_refused
from homeguard.errors import BadCredentials, BadInput, Unavailable

ANSWER_SECONDS: Final = 10.0  # for each step of a request


class SignIn:
    """A token source: `subscribe(url, "alerts", token=SignIn(url, "admin", "…"))`.

    It signs in when first asked, and stays in the same session by the refresh cookie as long as HomeGuard lets it.
    """

    def __init__(self, url: str, username: str, password: str, *, tls: ssl.SSLContext | None = None) -> None:
        """Take HomeGuard's address and whom to sign in; nothing happens before it is asked.

        `tls` is as in `subscribe`.

        Raises:
            Misconfigured: a CA file cannot be used.
        """
        self._verify = (tls or client_context()) if url.startswith("https:") else True
        self._auth = f"{url.rstrip('/')}/api/auth"
        self._user = {"username": username, "password": password}
        self._cookies = httpx.Cookies()
        self._turn = asyncio.Lock()  # a refresh cookie is good once: two subscriptions must not show the same

    async def __call__(self) -> str:
        """Return a fresh access token.

        Raises:
            BadCredentials: the name or the password is wrong.
            BadInput: nothing at this address understands us.
            Unavailable: HomeGuard cannot answer now.
        """
        try:
            async with self._turn, self._client(self._cookies) as client:
                answer = await client.post(f"{self._auth}/refresh") if len(self._cookies.jar) else None
                if answer is None or answer.status_code == httpx.codes.UNAUTHORIZED:
                    client.cookies.clear()  # the session has ended
                    answer = await client.post(f"{self._auth}/login", json=self._user)
                self._cookies = client.cookies
        except httpx.HTTPError as error:
            raise Unavailable("the sign-in", why_not(error)) from error
        except httpx.InvalidURL as error:
            raise BadInput(f"{self._auth}: {error}", field="url") from error
        return _token_of(answer)

    async def sign_out(self) -> None:
        """End the session, and with it every connection that its tokens opened.

        Raises:
            Unavailable: HomeGuard cannot answer now; the session ends by itself in its time.
        """
        cookies, self._cookies = self._cookies, httpx.Cookies()
        try:
            async with self._client(cookies) as client:
                await client.post(f"{self._auth}/logout")
        except httpx.HTTPError as error:
            raise Unavailable("the sign-out", why_not(error)) from error

    def _client(self, cookies: httpx.Cookies) -> httpx.AsyncClient:
        return httpx.AsyncClient(cookies=cookies, timeout=ANSWER_SECONDS, verify=self._verify)


def _token_of(answer: httpx.Response) -> str:
    why = why_refused(answer.status_code, answer.content)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise BadCredentials(why)
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        raise Unavailable("the sign-in", why)
    try:
        return str(answer.raise_for_status().json()["access_token"])
    except (httpx.HTTPStatusError, ValueError, LookupError, TypeError):
        raise BadInput(f"cannot sign in at {answer.url}: {why}") from None
