"""The keys of an identity provider behind a URL: fetched when needed, kept, and asked for again seldom."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from api.auth.public_keys import PublicKey, keys_of_set, pick
from homeguard.errors import Misconfigured, Unavailable
from homeguard.urls import is_loopback

logger = logging.getLogger(__name__)

FETCH_SECONDS: Final = 5.0  # for all of it: who shows a token waits for this
ASK_SECONDS: Final = 10.0  # between two requests, whatever comes: a flood of made-up names is not passed on
KEEP_SECONDS: Final = 3600.0  # then the set is fetched again: a key that the provider took back verifies no longer
MAX_BYTES: Final = 256 * 1024


def checked_url(url: str) -> str:
    """Return the URL of a JWK set that nobody on the way can replace.

    Raises:
        Misconfigured: it is neither https nor on this machine.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise Misconfigured(f"HOMEGUARD_OIDC_JWKS_URL: {url[:200]!r} is no URL") from None
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise Misconfigured(f"HOMEGUARD_OIDC_JWKS_URL: must be https, or http on this machine, not {url[:200]!r}")
    return url


class Jwks:
    """The newest set that the provider gave; while the provider is away, that one goes on."""

    def __init__(self, url: str, algorithms: Collection[str], seconds: Callable[[], float] = monotonic) -> None:
        """Take where it lies and which algorithms are taken; nothing is fetched before a token comes.

        Raises:
            Misconfigured: the URL is not one to trust.
        """
        self._url = checked_url(url)
        self._algorithms = frozenset(algorithms)
        self._seconds = seconds
        self._keys: Sequence[PublicKey] | None = None
        self._stale_at = self._ask_again_at = seconds()
        self._asking = asyncio.Lock()
        self._why = ""

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """Find the key of a token, None where the provider has no such key.

        Raises:
            Unavailable: the provider never gave any.
        """
        if self._seconds() >= self._stale_at and not self._asking.locked():
            await self._ask()
        found = self._pick(kid, algorithm)
        if found is None:
            await self._ask()  # whoever comes while it is asked waits for the same answer
            found = self._pick(kid, algorithm)
        if self._keys is None:
            raise Unavailable("the identity provider", self._why)
        return found

    def _pick(self, kid: str | None, algorithm: str) -> PublicKey | None:
        return pick(self._keys or [], kid, algorithm)

    async def _ask(self) -> None:
        async with self._asking:
            now = self._seconds()
            if now < self._ask_again_at:
                return
            self._ask_again_at = now + ASK_SECONDS
            try:
                async with asyncio.timeout(FETCH_SECONDS):
                    self._keys = keys_of_set(await self._fetch(), self._algorithms)
            except (OSError, ValueError) as error:  # TimeoutError is an OSError
                self._why = f"{type(error).__name__}: {error}"[:200]
                logger.warning("tokens: cannot fetch the keys of the identity provider: %s", self._why)
            else:
                self._stale_at = now + KEEP_SECONDS

    async def _fetch(self) -> bytes:
        import httpx  # a third of a start, which a home without a provider does not need

        try:
            async with (
                httpx.AsyncClient(timeout=FETCH_SECONDS, follow_redirects=False) as client,
                client.stream("GET", self._url, headers={"Accept": "application/json"}) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    raise ValueError(f"it answers {answer.status_code}")
                body = bytearray()
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > MAX_BYTES:
                        raise ValueError(f"its answer is larger than {MAX_BYTES} bytes")
                return bytes(body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ValueError(f"{type(error).__name__} {error}") from None


class FixedKey:
    """The one key of a provider, which never changes."""

    def __init__(self, key: PublicKey) -> None:
        """Take the key."""
        self._key = key

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """Find the key of a token, whatever name it has for it."""
        return pick([self._key], kid, algorithm)
