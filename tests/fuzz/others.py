"""Targets of what others run or write: the client's parsers, settings, a broker's address and its configuration."""

import os
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

import orjson

from bridge.address import Address
from bridge.broker.conf_file import read_conf_file
from homeguard.client.frames import Cursor, Missed, read_frame
from homeguard.client.messages import read_proof, read_wish, write_alert, write_update
from homeguard.client.outbox import Number
from homeguard.clock import utc_now
from homeguard.decode import decode
from homeguard.errors import BadInput, Misconfigured
from homeguard.events import Alert, Channel, DeviceUpdate
from homeguard.settings import Settings, load_settings
from homeguard.topics import AlertsTopic, DevicesTopic
from tests.fuzz import laws

MAX_SEQ: Final = 2**63 - 1


def channel_frames(data: bytes) -> None:
    """Law: whatever a server says, what is shown rises, and a server takes the cursor. A line is a frame."""
    cursor, epoch = Cursor(Channel.ALERTS), "5f0c2a91"
    newest: int | None = None
    for line in data.split(b"\n"):
        try:
            shown = cursor.take(read_frame(line, epoch))
        except (BadInput, Missed):
            continue
        for frame in shown:
            if frame.type in ("gap", "snapshot") or frame.seq is None:
                newest = None
                continue
            assert newest is None or frame.seq > newest or b'"hello"' in data
            newest = frame.seq
        since = cursor.query().get("since")
        assert since is None or (since.isascii() and since.isdigit() and int(since) <= MAX_SEQ), since


def answers(data: bytes) -> None:
    """Law: what a device is told reads as texts or not at all; what it may write, the bridge accepts as the same."""
    for correlation in (None, b"\xff7"):
        try:
            proof = read_proof(data, correlation)
        except BadInput as error:
            laws.complaint(error)
        else:
            assert isinstance(proof.id, str | None)
            assert isinstance(proof.error, str | None)
    try:
        wish = read_wish(data)
    except BadInput as error:
        laws.complaint(error)
    else:
        assert isinstance(wish.desired, bool)
        assert all(isinstance(text, str | None) for text in (wish.reason, wish.by, wish.since, wish.until))
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return
    if isinstance(value, dict):
        _write(value)


def _write(value: dict[str, Any]) -> None:
    get = value.get
    try:
        sent = write_alert(
            "cam-1",
            get("id", "7"),
            get("reason", "x"),
            get("severity", "low"),
            get("category"),
            _object(get("details")),
            utc_now(),
            Number("5f0c2a91", 1),
        )
        alert = decode(AlertsTopic("cam-1"), sent)
        assert isinstance(alert, Alert)
        assert alert.reason == get("reason", "x")
    except BadInput as error:
        laws.complaint(error)
    try:
        sent = write_update("cam-1", value)
        assert isinstance(decode(DevicesTopic("cam-1"), sent), DeviceUpdate)
    except BadInput as error:
        laws.complaint(error)


def _object(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def settings(data: bytes) -> None:
    """Law: settings are refused by name, or every one of them can be used. A line is `NAME=value`.

    A name that ends in `_FILE` has its value written into the file that it then names.
    """
    with TemporaryDirectory() as directory:
        environment = {}
        for number, line in enumerate(data.split(b"\n")):
            name, _, value = line.partition(b"=")
            if not name.isascii() or not name.decode().isidentifier() or b"\0" in value:
                continue  # the environment holds nothing else
            text = os.fsdecode(value)
            if name.endswith(b"_FILE"):
                path = Path(directory) / str(number)
                path.write_bytes(value)
                path.chmod(0o600)
                text = str(path)
            environment[f"HOMEGUARD_{name.decode().upper()}"] = text
        with patch.dict(os.environ, environment):
            try:
                loaded = load_settings()
            except Misconfigured as error:
                assert "HOMEGUARD_" in str(error)
                return
    _use(loaded)


def _use(loaded: Settings) -> None:
    now = utc_now()
    assert now - timedelta(days=loaded.retention_days) < now
    assert now + timedelta(days=loaded.session_days) > now
    assert now + timedelta(minutes=loaded.access_token_minutes) > now
    assert 0 < orjson.loads(orjson.dumps(loaded.heartbeat_seconds)) <= 24 * 3600
    for name, value in loaded.model_dump().items():
        if isinstance(value, str) and name != "data_dir":
            laws.storable(value)
        assert not isinstance(value, int) or value <= MAX_SEQ


def mqtt_url(data: bytes) -> None:
    """Law: a broker's URL gives a host and a port to connect to, or is refused by the name of its setting."""
    try:
        address = Address.from_url(data.decode(errors="replace"), "bridge")
    except Misconfigured as error:
        assert "HOMEGUARD_MQTT_URL" in str(error)
        return
    assert address.host
    assert 0 < address.port < 65536


def mosquitto_conf(data: bytes) -> None:
    """Law: a broker's file is read, and every question about it answered, or it is refused by its name."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "mosquitto.conf"
        within = b"include_dir %s/" % directory.encode()  # no directory of this machine's
        path.write_bytes(data.replace(b"include_dir ", within))
        try:
            conf = read_conf_file(path)
        except Misconfigured as error:
            assert directory in str(error)
            return
    assert conf.listeners
    for listener in conf.listeners:
        assert listener.port >= 0
        assert str(listener)
        assert {type(listener.is_local), type(listener.is_tls), type(conf.allows_anonymous(listener))} == {bool}
    for name in conf.options:
        conf.flag(name, default=True)
        assert isinstance(conf.number(name, 7), int)
