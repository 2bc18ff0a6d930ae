"""Tells a router with an API what is wished, signed; its answer is the report."""

import asyncio
import ipaddress
import logging
import secrets
import ssl
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import orjson

from enforce.enforcer import Finding, Wish
from enforce.signing import SIGNATURE, TIMESTAMP, signature_of
from enforce.webhook_outbox import Delivery, WebhookOutbox
from homeguard.backoff import Backoff
from homeguard.clock import Clock, to_rfc3339, utc_now
from homeguard.errors import Misconfigured, Unavailable
from homeguard.events import MAX_REASON, ReportState

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS: Final = 10.0  # for each step of a request; a router that needs longer is as good as away
MAX_ANSWER_BYTES: Final = 1024 * 1024  # a thousand devices with a sentence each, and more
MIN_SECRET_BYTES: Final = 16
AWAY: Final = frozenset({408, 425, 429})  # beside 5xx: the same request may do later


def checked_target(url: str, *, insecure: bool = False) -> str:
    """Return the URL of a webhook: https, or http to this box or a private address.

    Raises:
        Misconfigured: it is another.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https"):
        raise Misconfigured("--webhook must look like https://router.example/homeguard")
    if parts.username or parts.password:
        raise Misconfigured("--webhook must not contain a password: the requests are signed, see --webhook-secret-file")
    if parts.scheme == "https" or insecure or _is_near(host):
        return url
    raise Misconfigured(
        f"--webhook {parts.scheme}://{host} would tell everybody on the way who is blocked: "
        "use https, an address of this network, or --insecure"
    )


def _is_near(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private


class WebhookEnforcer:
    """An enforcer that lets somebody else do it.

    What is wished is kept on disk until it has arrived: it arrives also when this process begins anew without a broker.
    """

    kind = "webhook"

    def __init__(
        self,
        url: str,
        secret: bytes,
        outbox: WebhookOutbox,
        name: str = "webhook",
        *,
        tls: ssl.SSLContext | None = None,
        clock: Clock = utc_now,
    ) -> None:
        """Take a checked URL, the shared secret, the outbox, and the name under which it reports.

        Raises:
            Misconfigured: the secret is too short to be one.
        """
        if len(secret) < MIN_SECRET_BYTES:
            raise Misconfigured(f"the webhook's secret must have {MIN_SECRET_BYTES} bytes or more")
        self.name = name
        self._url = url
        self._secret = secret
        self._outbox = outbox
        self._tls = tls
        self._clock = clock
        self._posting = asyncio.Lock()

    async def enforce(self, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        """Send the whole of what is wished; where it does not arrive it stays in the outbox."""
        text = orjson.dumps([wishes[id].to_json() for id in sorted(wishes)]).decode()
        async with self._posting:
            delivery = await asyncio.to_thread(self._outbox.put, text)
            return await self._deliver(delivery, wishes)

    async def look(self, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        """Ask what is in force: the same request with the action `look`."""
        text = orjson.dumps([wishes[id].to_json() for id in sorted(wishes)]).decode()
        async with self._posting:
            newest = await asyncio.to_thread(self._outbox.newest)
            sequence = newest.sequence if newest else 0
            return await self._post("look", Delivery(sequence, text, is_delivered=True), wishes)

    async def watch(self, drifted: Callable[[str], None]) -> None:
        """Deliver what a run before this one could not; a router tells nobody of its changes by itself."""
        backoff = Backoff()
        while not await self._deliver_left():  # noqa: ASYNC110  a router has to be asked
            await asyncio.sleep(backoff.next())
        await asyncio.Event().wait()

    async def _deliver_left(self) -> bool:
        """Deliver what is left, if anything is; says whether nothing is left any more."""
        async with self._posting:  # read within it, or what is old by then would arrive behind what is new
            left = await asyncio.to_thread(self._outbox.newest)
            if left is None or left.is_delivered:
                return True
            try:
                await self._deliver(left, {})
            except Unavailable as error:
                logger.debug("enforcer %s: %s; trying again", self.name, error)
                return False
            return True

    async def _deliver(self, delivery: Delivery, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        found = await self._post("enforce", delivery, wishes)
        await asyncio.to_thread(self._outbox.delivered, delivery)
        return found

    async def _post(self, action: str, delivery: Delivery, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
        now = self._clock()
        head = {
            "action": action,
            "delivery": secrets.token_hex(8),
            "sequence": delivery.sequence,
            "enforcer": self.name,
            "at": to_rfc3339(now),
        }
        body = orjson.dumps({**head, "wishes": orjson.loads(delivery.wishes)})
        timestamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP: timestamp,
            SIGNATURE: signature_of(self._secret, timestamp, body),
        }
        status, answer = await self._send(body, headers)
        if status >= 500 or status in AWAY:
            raise Unavailable("the webhook", f"it answered {status}")
        if 300 <= status < 400:
            return _all(wishes, f"the webhook answered {status}: redirects are not followed")
        if status >= 400:
            return _all(wishes, f"the webhook refused with {status}: {_shown(answer)}")
        return read_answer(answer, wishes)

    async def _send(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        # trust_env: what is signed for the router goes to no proxy that an environment happens to name.
        client = httpx.AsyncClient(
            follow_redirects=False, timeout=TIMEOUT_SECONDS, trust_env=False, verify=self._tls or True
        )
        try:
            async with client, client.stream("POST", self._url, content=body, headers=dict(headers)) as response:
                answer = b""
                async for chunk in response.aiter_bytes():
                    answer += chunk
                    if len(answer) > MAX_ANSWER_BYTES:
                        raise Unavailable("the webhook", f"its answer has more than {MAX_ANSWER_BYTES} bytes")
                return response.status_code, answer
        except httpx.HTTPError as error:
            raise Unavailable("the webhook", str(error) or type(error).__name__) from error


def _all(wishes: Mapping[str, Wish], why: str) -> dict[str, Finding]:
    return dict.fromkeys(wishes, Finding(ReportState.FAILED, why[:MAX_REASON]))


def _shown(answer: bytes) -> str:
    return answer[:200].decode(errors="replace").strip() or "no reason given"


def read_answer(answer: bytes, wishes: Mapping[str, Wish]) -> dict[str, Finding]:
    """Read `{"reports": {device_id: {"state": …, "detail": …}}}`; a device that is not named has failed."""
    try:
        value: Any = orjson.loads(answer)
        reports = value["reports"]
        return {id: _finding(reports[id]) for id in wishes if id in reports}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return _all(wishes, f"the webhook's answer is no report: {_shown(answer)}")


def _finding(report: Any) -> Finding:
    try:
        state, detail = ReportState(report["state"]), report.get("detail")
    except (ValueError, KeyError, TypeError, AttributeError):
        return Finding(ReportState.FAILED, f"the webhook's report cannot be read: {str(report)[:200]}")
    return Finding(state, detail[:MAX_REASON] if isinstance(detail, str) and detail else None)
