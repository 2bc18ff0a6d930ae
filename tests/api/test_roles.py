"""Who may use which route: every one there is has its line here, and is held to it."""

from dataclasses import dataclass
from typing import Final

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from api.app import create_rest
from api.auth.identity import Identity, Role
from api.services.events import read_feed
from api.services.rejects import list_rejects
from api.services.stats import read_stats
from homeguard.decode import decode
from homeguard.errors import BadInput, NotAllowed
from homeguard.events import Channel
from homeguard.journal.rejects import keep_rejects
from homeguard.topics import AlertsTopic, DevicesTopic
from tests.api.conftest import PASSWORD, Home, SignIn

ALERTS, DEVICES = Channel.ALERTS, Channel.DEVICES


@dataclass(frozen=True)
class Needs:
    """The smallest role that a route is open for, and the channel that one must be allowed to read."""

    role: Role
    channel: Channel | None = None


# These prove who asks by something else than a token, or tell nothing.
WITHOUT_TOKEN: Final = {
    "POST /api/auth/login",
    "POST /api/auth/refresh",
    "POST /api/auth/logout",
    "GET /api/auth/welcome",
    "GET /healthz",
    "GET /readyz",
}
ROUTES: Final = {
    "GET /api/auth/me": Needs(Role.VIEWER),
    "POST /api/auth/ws-ticket": Needs(Role.VIEWER),
    "GET /api/devices": Needs(Role.VIEWER, DEVICES),
    "GET /api/enforcers": Needs(Role.VIEWER, DEVICES),
    "POST /api/devices": Needs(Role.ADMIN, DEVICES),
    "POST /api/devices/{id}/credentials": Needs(Role.ADMIN, DEVICES),
    "GET /api/devices/{id}": Needs(Role.VIEWER, DEVICES),
    "GET /api/devices/{id}/history": Needs(Role.VIEWER, DEVICES),
    "PATCH /api/devices/{id}": Needs(Role.ADMIN, DEVICES),
    "DELETE /api/devices/{id}": Needs(Role.ADMIN, DEVICES),
    "POST /api/devices/{id}/block": Needs(Role.OPERATOR, DEVICES),
    "POST /api/devices/{id}/unblock": Needs(Role.OPERATOR, DEVICES),
    "GET /api/alerts": Needs(Role.VIEWER, ALERTS),
    "GET /api/alerts/{id}": Needs(Role.VIEWER, ALERTS),
    "POST /api/alerts/acknowledge": Needs(Role.OPERATOR, ALERTS),
    "POST /api/alerts/{id}/acknowledge": Needs(Role.OPERATOR, ALERTS),
    "GET /api/events": Needs(Role.VIEWER),  # of one's own channels
    "GET /api/stats": Needs(Role.VIEWER),  # likewise
    "GET /api/rejects": Needs(Role.OPERATOR),  # likewise
    "GET /api/about": Needs(Role.VIEWER),
    "GET /api/clients": Needs(Role.OPERATOR),
    "GET /api/sessions": Needs(Role.VIEWER),  # one's own, unless one is an admin
    "DELETE /api/sessions/{id}": Needs(Role.VIEWER),  # likewise
    "GET /api/audit": Needs(Role.ADMIN),
    "GET /api/users": Needs(Role.ADMIN),
    "POST /api/users": Needs(Role.ADMIN),
    "PATCH /api/users/{username}": Needs(Role.ADMIN),
    "DELETE /api/users/{username}": Needs(Role.ADMIN),
}
BODIES: Final[dict[str, dict[str, object]]] = {
    "POST /api/alerts/acknowledge": {"ids": ["x-1"]},
    "POST /api/devices": {"id": "x-1"},
    "PATCH /api/devices/{id}": {},
    "POST /api/users": {"username": "x", "password": "short"},
    "PATCH /api/users/{username}": {"password": "short"},
}


async def ask(client: AsyncClient, name: str) -> tuple[int, str]:
    method, path = name.split()
    answer = await client.request(method, path.format(id="x-1", username="somebody"), json=BODIES.get(name))
    return answer.status_code, answer.text


def test_every_route_there_is_has_its_line() -> None:
    operations = {
        f"{method.upper()} {path}" for path, methods in create_rest().openapi()["paths"].items() for method in methods
    }
    assert operations == WITHOUT_TOKEN | set(ROUTES)


@pytest.mark.parametrize("role", list(Role))
async def test_a_route_is_open_when_the_role_is_large_enough(sign_in: SignIn, role: Role) -> None:
    client = await sign_in(role)
    for name, needs in ROUTES.items():
        status, text = await ask(client, name)
        assert (status != 403) == role.includes(needs.role), f"{name}: {text}"
        assert status not in (401, 500)


@pytest.mark.parametrize("channel", list(Channel))
async def test_a_route_is_open_when_the_channel_is_ones_own(sign_in: SignIn, channel: Channel) -> None:
    client = await sign_in(Role.ADMIN, channels=[channel])
    for name, needs in ROUTES.items():
        status, text = await ask(client, name)
        assert (status != 403) == (needs.channel in (None, channel)), f"{name}: {text}"
        assert status not in (401, 500)


@pytest.mark.parametrize("name", ROUTES)
async def test_a_route_is_closed_when_there_is_no_token(client: AsyncClient, name: str) -> None:
    method, path = name.split()
    answer = await client.request(method, path.format(id="x-1", username="somebody"), json=BODIES.get(name))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_refusal_says_which_role_is_needed(viewer: AsyncClient) -> None:
    answer = await viewer.post("/api/devices/cam-1/block")
    assert answer.json()["detail"] == "this needs the role operator; viewer is viewer"


async def test_a_refusal_says_which_channel_is_not_ones_own(sign_in: SignIn) -> None:
    answer = await (await sign_in(Role.VIEWER, channels=[DEVICES])).get("/api/alerts")
    assert answer.json()["detail"] == "viewer may not read alerts, only devices"


@pytest.fixture
async def telltale(home: Home) -> Home:
    """A home where each channel has words that are nowhere but there."""
    await home.receive(
        decode(AlertsTopic("cam-1"), b'{"reason":"of alerts alone","severity":"high"}'),
        decode(DevicesTopic("door-1"), b'{"name":"of devices alone","status":"online"}'),
    )
    for topic in "alerts", "alerts/cam-1":
        await _reject(home, topic, "of alerts alone")
    for topic in "devices", "devices/door-1", "devices/door-1/availability":
        await _reject(home, topic, "of devices alone")
    for topic in "nonsense", "alertsomething":
        await _reject(home, topic, "of alerts alone, or of devices alone")
    return home


async def _reject(home: Home, topic: str, text: str) -> None:
    reject = (f"homeguard/{topic}", text.encode(), BadInput("not JSON"))
    await home.context.journal.write(lambda tx: keep_rejects(tx.now, [reject]))


@pytest.mark.parametrize(("mine", "others"), [(ALERTS, DEVICES), (DEVICES, ALERTS)])
async def test_nothing_that_is_read_tells_of_the_other_channel(
    telltale: Home, sign_in: SignIn, mine: Channel, others: Channel
) -> None:
    client = await sign_in(Role.ADMIN, channels=[mine])
    epoch, told = telltale.context.journal.epoch, ""
    for name in [name for name in ROUTES if name.startswith("GET")]:
        for id in "cam-1", "door-1", f"{epoch}-1", f"{epoch}-2":
            told += (await client.get(name.split()[1].format(id=id))).text
    assert f"of {mine} alone" in told
    assert f"of {others} alone" not in told


async def test_who_reads_both_channels_is_told_of_both(telltale: Home, operator: AsyncClient) -> None:
    assert len((await operator.get("/api/rejects")).json()["items"]) == 7
    assert len((await operator.get("/api/events")).json()["items"]) == 2


async def test_a_page_of_rejects_leads_to_the_next_of_ones_own(telltale: Home, sign_in: SignIn) -> None:
    client = await sign_in(Role.OPERATOR, channels=[DEVICES])
    first = (await client.get("/api/rejects?limit=2")).json()
    then = (await client.get(f"/api/rejects?limit=2&before={first['next']}")).json()
    assert [reject["topic"].partition("/")[2] for reject in [*first["items"], *then["items"]]] == [
        "devices/door-1/availability",
        "devices/door-1",
        "devices",
    ]
    assert then["next"] is None


async def test_events_are_those_of_ones_own_channels(telltale: Home, sign_in: SignIn) -> None:
    client = await sign_in(Role.VIEWER, channels=[DEVICES])
    body = (await client.get("/api/events")).json()
    assert ([item["channel"] for item in body["items"]], body["head"]) == (["devices"], 2)
    for channels in "alerts", "alerts,devices":
        assert (await client.get("/api/events", params={"channels": channels})).status_code == 403


async def test_who_may_read_no_channel_is_told_nothing(telltale: Home) -> None:
    """As somebody whom an identity provider gives none."""
    nobody = Identity("zoe", Role.ADMIN, "oidc.1.0", telltale.context.clock())
    assert not (await list_rejects(telltale.context, nobody, None, 10)).items
    assert not (await read_feed(telltale.context, nobody, None, 0, None, 10)).events
    stats = await read_stats(telltale.context, nobody)
    assert (stats["alerts_24h"], stats["devices"]) == (None, None)
    with pytest.raises(NotAllowed, match=r"zoe may not read alerts$"):
        nobody.require_channel(ALERTS)


async def test_the_overview_counts_what_is_on_ones_own_channels(telltale: Home, sign_in: SignIn) -> None:
    body = (await (await sign_in(Role.VIEWER, channels=[DEVICES])).get("/api/stats")).json()
    assert (body["alerts_24h"], body["devices"]["known"]) == (None, 1)
    assert (body["minutes"][-1]["alerts"], body["minutes"][-1]["devices"]) == (None, 1)


async def test_what_is_counted_for_one_is_not_told_to_another(telltale: Home, sign_in: SignIn) -> None:
    """Minutes that have settled are kept from one question to the next, whoever asks."""
    telltale.context.clock.advance(180)  # type: ignore[attr-defined]
    both = (await (await sign_in(Role.ADMIN)).get("/api/stats")).json()["minutes"]
    some = (await (await sign_in(Role.VIEWER, channels=[ALERTS])).get("/api/stats")).json()["minutes"]
    assert [minute["alerts"] for minute in some] == [minute["alerts"] for minute in both]
    assert {minute["devices"] for minute in some} == {None}


async def test_who_is_signed_in_learns_what_they_may_read(app: FastAPI, sign_in: SignIn) -> None:
    client = await sign_in(Role.VIEWER, channels=[ALERTS])
    assert (await client.get("/api/auth/me")).json()["channels"] == ["alerts"]
    async with AsyncClient(transport=ASGITransport(app), base_url="http://home.test") as anew:
        answer = await anew.post("/api/auth/login", json={"username": "viewer", "password": PASSWORD})
        assert answer.json()["user"] == {"username": "viewer", "role": "viewer", "channels": ["alerts"]}
        assert (await anew.post("/api/auth/refresh")).json()["user"]["channels"] == ["alerts"]
