"""Every shape on the wire, made by the code that puts it there, from fixed inputs.

`python -m tests.contract.shapes` writes the golden files and the examples' source anew: read the difference first.
"""

import asyncio
import json
import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from pwdlib.hashers.argon2 import Argon2Hasher

from api import problems
from api.auth.identity import Identity, Role
from api.auth.keys import Keys
from api.auth.passwords import Passwords
from api.auth.tickets import Tickets
from api.auth.tokens import Tokens
from api.context import Context
from api.live import protocol
from api.live.framing import text_of
from api.rest.parameters import _caller
from api.rest.router import router
from bridge.bridge import _state
from bridge.ingest import Ingest
from bridge.link import Message
from homeguard.audit import Action
from homeguard.events import Channel, Event, EventType
from homeguard.health import ONLINE, Health
from homeguard.journal import Journal, Transaction
from homeguard.journal.alerts import acknowledge
from homeguard.journal.audit import note
from homeguard.journal.blocks import wish
from homeguard.journal.broker_session import begin_session
from homeguard.journal.devices import remove_device, snapshot
from homeguard.journal.gaps import holes, tell
from homeguard.journal.intake import Rules
from homeguard.journal.outbox import waiting
from homeguard.journal.people import SessionRow, UserRow
from homeguard.journal.users import add_user
from homeguard.settings import load_settings
from homeguard.topics import Topics

GOLDEN: Final = Path(__file__).parent / "golden"

NOW: Final = datetime(2026, 11, 23, 20, 31, 22, 123000, UTC)
EPOCH: Final = "5f0c2a91"
ADMIN: Final = Identity(
    "admin", Role.ADMIN, "9f86d081884c7d659a2feaa0c55ad015", NOW + timedelta(minutes=15), frozenset(Channel)
)

ALERT: Final = {
    "id": "2026-11-23-0001",
    "reason": "Port scan",
    "severity": "high",
    "category": "network",
    "occurred_at": "2026-11-23T21:31:22+01:00",
    "details": {"ports": [22, 80]},
    "boot": "5d1c9e70",
    "seq": 4,
}
UNREADABLE: Final = {"boot": "5d1c9e70", "seq": 8}  # no reason; that it came is counted all the same
SPOOF: Final = {"device_id": "lock-1", "reason": "Door open"}
UPDATE: Final = {
    "name": "Front camera",
    "kind": "camera",
    "status": "online",
    "ip": "192.168.1.20",
    "mac": "02-00-5E-10-00-01",
    "firmware": "1.4.2",
    "telemetry": {"lux": 40},
}
PRESENCE: Final = {"state": "online", "kind": "firewall"}
REPORT: Final = {"state": "enforced", "took_ms": 23.5, "detail": "nftables, 1 element"}


class Wire:
    """Stands where the broker is: hands one batch in, and keeps what is answered."""

    session_present = False

    def __init__(self, *messages: tuple[str, dict[str, Any]]) -> None:
        self._batches = [[_message(*message) for message in messages], []]
        self.answers: list[str] = []

    async def receive(self, limit: int) -> list[Message]:
        return self._batches.pop(0)

    def acknowledge(self, messages: list[Message]) -> None:
        """Nobody waits for it here."""

    def publish_unsafe(self, topic: str, payload: bytes, correlation_data: bytes | None = None) -> None:
        self.answers.append(payload.decode())


def _message(topic: str, payload: dict[str, Any]) -> Message:
    raw = json.dumps(payload).encode()
    return Message(f"homeguard/{topic}", raw, 1, False, False, 1, monotonic(), "homeguard/replies/cam-1/proof", b"7")


async def produce(directory: Path) -> dict[str, str]:
    """Live a short life of one camera in an empty journal; returns the JSON text of each shape by its name."""
    with patch("homeguard.journal.journal.secrets.token_hex", lambda _: EPOCH):
        journal = Journal.open(str(directory / "homeguard.db"), clock=lambda: NOW)
    try:
        with patch("homeguard.journal.blocks.uuid.uuid4", lambda: UUID("3f2b8c1e9d4a4f6b8a7c5d2e1f0a9b8c")):
            return _frames() | await _life(journal, directory)
    finally:
        journal.close()


def _frames() -> dict[str, str]:
    alerts = Channel.ALERTS
    framed = {
        "frame_hello": protocol.hello(
            alerts,
            epoch=EPOCH,
            head=42,
            resumed=True,
            user="admin",
            expires_at=ADMIN.expires_at,
            heartbeat_seconds=15.0,
        ),
        "frame_status": protocol.status(alerts, Health().state.to_json() | {"reason": "database is locked"}),
        "frame_heartbeat": protocol.heartbeat(alerts, 42, NOW),
        "frame_gap": protocol.gap(alerts, 1, 17, "trimmed"),
        "frame_token_expiring": protocol.token_expiring(alerts, ADMIN.expires_at),
        "frame_pong": protocol.pong(alerts),
        "frame_error": protocol.error(alerts, "unknown type 'pong'; a client sends ping or auth"),
    }
    return {name: text_of(one) for name, one in framed.items()} | {"mqtt_bridge_state": _state(ONLINE).decode()}


async def _life(journal: Journal, directory: Path) -> dict[str, str]:
    topics, shapes = Topics(), dict[str, str]()

    def keep(events: Any) -> None:
        shapes.update({_name_of(event): event.to_json() for event in events})

    async def take(*messages: tuple[str, dict[str, Any]], tell_new: bool = False) -> list[str]:
        wire: Any = Wire(*messages)
        await Ingest(journal, topics, Health(), Rules(topics, tell_new=tell_new)).run(wire)
        return list(wire.answers)

    async def ask(method: str, path: str, **options: Any) -> str:
        async with AsyncClient(transport=ASGITransport(app), base_url="http://home.test") as client:
            return (await client.request(method, path, **options)).text

    app = _app(journal, directory)
    journal.on_commit(keep)
    answers = await take(("alerts/cam-1", ALERT), ("devices/cam-1", UPDATE), ("alerts/cam-1", UNREADABLE))
    shapes["mqtt_proof_stored"], _, shapes["mqtt_proof_rejected"] = answers
    await journal.write(lambda tx: acknowledge(tx, f"{EPOCH}-1", "admin"))
    block = {"desired": True, "by": "admin", "reason": "Port scan", "until": NOW + timedelta(hours=1)}
    await journal.write(lambda tx: wish(tx, topics, "cam-1", **block))  # type: ignore[arg-type]
    wished = await journal.read(lambda: waiting(3))
    for name, outgoing in zip(("mqtt_block_wish", "mqtt_block_news", "mqtt_wishes"), wished, strict=True):
        shapes[name] = outgoing.payload.decode()
    await take(("blocks/cam-1/report/firewall", REPORT))
    found = await journal.read(lambda: snapshot(1))
    shapes["frame_snapshot"] = text_of(protocol.snapshot(found.since, found.seq, found.devices, ["tv-1"]))
    await journal.write(_sign_in)
    shapes |= {
        "rest_audit": await ask("GET", "/api/audit"),
        "rest_sessions": await ask("GET", "/api/sessions"),
        "rest_users": await ask("GET", "/api/users"),
        "rest_alerts": await ask("GET", "/api/alerts"),
        "rest_devices": await ask("GET", "/api/devices"),
        "rest_device": await ask("POST", "/api/devices/cam-1/unblock"),
        "rest_acknowledged": await ask(
            "POST", "/api/alerts/acknowledge", json={"ids": [f"{EPOCH}-{seq}" for seq in (1, 99)]}
        ),
        "rest_history": await ask("GET", "/api/devices/cam-1/history", params={"limit": 1}),
        "rest_stats": await ask("GET", "/api/stats"),
        "rest_events": await ask("GET", "/api/events", params={"channels": "alerts", "limit": 1}),
        "rest_rejects": await ask("GET", "/api/rejects"),
        "rest_me": await ask("GET", "/api/auth/me"),
        "rest_readyz": await ask("GET", "/readyz"),
        "rest_problem": await ask("POST", "/api/devices/cam-1/block", json={"minutes": 0}),
    }
    await journal.write(lambda tx: remove_device(tx, "cam-1"))
    await journal.write(lambda tx: tell(tx, holes()))
    for id, began_at in (("first", NOW - timedelta(minutes=5)), ("second", NOW)):
        await journal.write(partial(begin_session, name="ours", id=id, began_at=began_at, kept_for=timedelta(days=7)))
    shown = shapes["frame_device_update"]
    await take(("devices/tv-1", {"kind": "tv"}), ("alerts/cam-1", SPOOF), tell_new=True)
    shapes["frame_device_update"] = shown  # the camera, which has more to show than a newcomer
    await take(("enforcers/firewall", PRESENCE))
    shapes["rest_enforcers"] = await ask("GET", "/api/enforcers")
    assert {f"frame_{type}" for type in EventType} <= shapes.keys()
    return shapes


def _sign_in(transaction: Transaction) -> None:
    """Sign the admin in, as `open_session` does, with an id that is always the same."""
    add_user(transaction, ADMIN.username, "hash", ADMIN.role.value)
    SessionRow.create(
        id=ADMIN.session_id,
        user=UserRow.get(),
        refresh_hash="hash",
        created_at=NOW,
        seen_at=NOW,
        expires_at=NOW + timedelta(days=30),
        client="Mozilla/5.0",
        address="192.168.1.7",
    )
    note(transaction, Action.LOGIN, by=ADMIN.username, address="192.168.1.7", target=ADMIN.session_id)


def _name_of(event: Event) -> str:
    own = json.loads(event.body)
    return f"frame_new_alert_{own['category']}" if "raised_by" in own else f"frame_{event.type}"


def _app(journal: Journal, directory: Path) -> FastAPI:
    """Serve REST for one admin, who is known without a token."""
    settings = load_settings(data_dir=directory)
    passwords = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords.close()
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})
    app.state.context = Context(
        settings,
        Topics(),
        journal,
        Health(),
        Tokens(Keys.of(b"k" * 32), settings, lambda: NOW),
        Tickets(lambda: NOW),
        passwords,
        lambda: NOW,
    )
    app.dependency_overrides[_caller] = lambda: ADMIN
    problems.install(app)
    app.include_router(router)
    return app


def readable(text: str) -> str:
    """Write JSON text as a golden file has it: one value a line, in the order of the wire."""
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the golden files anew."""
    with tempfile.TemporaryDirectory() as directory:
        shapes = asyncio.run(produce(Path(directory)))
    GOLDEN.mkdir(exist_ok=True)
    for name, text in shapes.items():
        (GOLDEN / f"{name}.json").write_text(readable(text), encoding="utf-8")


if __name__ == "__main__":
    main()
