"""The broker's configuration: what each version of Mosquitto gets, and how any mosquitto.conf is read back."""

import re
from pathlib import Path

import pytest

from bridge.broker.conf_file import Listener, read_conf_file
from bridge.broker.config import BrokerConfig, find_mosquitto, find_plugin, find_sqlite_plugin
from bridge.broker.tls_listeners import TlsListeners
from bridge.broker.versions import Version, ask_version, parse_version
from homeguard.certificates.files import CertificateFiles
from homeguard.errors import Misconfigured
from tests.broker.mqtt import Client
from tests.brokers import RunningBroker
from tests.conftest import OwnBroker
from tests.waiting import wait_until

SQLITE = Path("/usr/lib/x86_64-linux-gnu/mosquitto/mosquitto_persist_sqlite.so")

# mosquitto.conf(5) of 2.1.2: to go in 3.0, or no longer of use.
DEPRECATED = {
    "acl_file",
    "allow_duplicate_messages",
    "auth_plugin",
    "auto_id_prefix",
    "bind_address",
    "clientid_prefixes",
    "password_file",
    "per_listener_settings",
    "port",
}


def config(data: Path, version: Version, sqlite: Path | None = SQLITE, tls: TlsListeners | None = None) -> str:
    return BrokerConfig(
        tls=tls,
        port=1883,
        address="127.0.0.1",
        version=version,
        plugin=Path("/plugins/mosquitto_dynamic_security.so"),
        sqlite_plugin=sqlite,
        accounts=data / "accounts.json",
        data=data,
        pid_file=None,
        user="mosquitto",
    ).render()


def directives(text: str) -> dict[str, str]:
    lines = [line.partition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in lines}


@pytest.mark.parametrize(
    ("version", "sqlite"), [(Version(2, 0, 11), SQLITE), (Version(2, 0, 22), None), (Version(2, 1, 2), None)]
)
def test_without_the_sqlite_plugin_the_broker_saves_snapshots_each_second(
    tmp_path: Path, version: Version, sqlite: Path | None
) -> None:
    said = directives(config(tmp_path, version, sqlite))
    assert said["persistence"] == "true"
    assert said["persistence_location"] == f"{tmp_path}/"
    assert (said["autosave_interval"], said["autosave_on_changes"]) == ("1", "false")
    assert "global_plugin" not in said


def test_from_2_1_the_sqlite_plugin_commits_each_second_and_waits_for_the_disk(tmp_path: Path) -> None:
    said = directives(config(tmp_path, Version(2, 1, 0)))
    assert said["global_plugin"] == str(SQLITE)
    assert (said["plugin_opt_sync"], said["plugin_opt_flush_period"]) == ("full", "1")
    assert said["persistence_location"] == f"{tmp_path}/"
    assert not {"persistence", "autosave_interval", "autosave_on_changes"} & said.keys()  # it would not start


def test_broker_with_a_snapshot_stays_with_it_when_mosquitto_becomes_2_1(tmp_path: Path) -> None:
    (tmp_path / "mosquitto.db").write_bytes(b"queued for an absent bridge")
    assert directives(config(tmp_path, Version(2, 1, 0)))["persistence"] == "true"


def listeners(directory: Path) -> TlsListeners:
    files = CertificateFiles(directory)
    return TlsListeners("", files.server, 8883, 8884, files.authority.certificate, files.revoked)


@pytest.mark.parametrize("version", [Version(2, 0, 11), Version(2, 1, 2)])
@pytest.mark.parametrize("has_tls", [False, True])
def test_every_block_of_the_configuration_says_why_and_none_is_deprecated(
    tmp_path: Path, version: Version, has_tls: bool
) -> None:
    text = config(tmp_path, version, tls=listeners(tmp_path) if has_tls else None)
    assert not DEPRECATED & directives(text).keys()
    assert all(block.startswith("# ") for block in text.strip().split("\n\n"))


def test_line_break_in_a_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="line break"):
        config(tmp_path, Version(2, 1), Path("/plugins\nallow_anonymous true"))


def test_plugins_are_found_beside_the_broker_where_2_1_keeps_them(tmp_path: Path) -> None:
    program, plugins = tmp_path / "sbin" / "mosquitto", tmp_path / "lib" / "mosquitto"
    for directory in (program.parent, plugins):
        directory.mkdir(parents=True)
    assert find_sqlite_plugin(program) == find_sqlite_plugin(find_mosquitto())  # that of the system, if any
    for name in ("mosquitto_dynamic_security.so", "mosquitto_persist_sqlite.so"):
        (plugins / name).touch()
    assert find_plugin(program) == plugins / "mosquitto_dynamic_security.so"
    assert find_sqlite_plugin(program) == plugins / "mosquitto_persist_sqlite.so"


def test_version_of_the_installed_broker_is_known() -> None:
    assert ask_version(find_mosquitto()) >= (2, 0)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("mosquitto version 2.0.11\n\nmosquitto is an MQTT v5.0/v3.1.1/v3.1 broker.", (2, 0, 11)),
        ("mosquitto version 2.1.2", (2, 1, 2)),
        ("mosquitto version 2.1", (2, 1, 0)),
        ("HiveMQ 4", None),
    ],
)
def test_version_is_read_where_mosquitto_says_it(text: str, version: tuple[int, int, int] | None) -> None:
    assert parse_version(text) == version


def test_program_without_a_version_is_refused() -> None:
    with pytest.raises(Misconfigured, match="does not say"):
        ask_version(Path("/bin/true"))


def test_what_came_without_qos_waits_for_the_bridge_too(own_broker: OwnBroker) -> None:
    broker: RunningBroker = own_broker()
    with Client(broker, broker.service, session_seconds=3600) as bridge:
        bridge.subscribe("homeguard/#")
    with Client(broker, broker.operator) as person:
        person.send("homeguard/alerts", b"no QoS", qos=0)
        person.publish("homeguard/alerts", b"QoS 1")
    with Client(broker, broker.service, session_seconds=3600) as bridge:
        wait_until(lambda: len(bridge.received) == 2)
    assert [payload for _, payload in bridge.received] == [b"no QoS", b"QoS 1"]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "mosquitto.conf"
    path.write_text(config(tmp_path, Version(2, 1)))
    conf = read_conf_file(path)
    assert conf.listeners == (Listener(1883, "127.0.0.1"),)
    assert conf.has_plugin("mosquitto_dynamic_security.so")
    assert conf.has_plugin("mosquitto_persist_sqlite.so")
    assert (conf.number("max_queued_messages", 1000), conf.flag("set_tcp_nodelay", default=False)) == (100_000, True)
    assert not conf.allows_anonymous(conf.listeners[0])


def test_listeners_with_tls_are_read_back_each_with_its_own_options(tmp_path: Path) -> None:
    path = tmp_path / "mosquitto.conf"
    path.write_text(config(tmp_path, Version(2, 0, 11), tls=listeners(tmp_path)))
    plain, secure, devices = read_conf_file(path).listeners
    assert (plain.is_local, plain.is_tls) == (True, False)
    for listener in (secure, devices):
        assert (listener.is_local, listener.is_tls, listener.options["tls_version"]) == (False, True, "tlsv1.2")
    asks = ("require_certificate", "use_identity_as_username", "use_username_as_clientid")
    assert [devices.options[name] for name in asks] == ["true"] * 3
    assert not {*asks, "crlfile", "cafile"} & secure.options.keys()


def test_included_files_count_in_their_order_and_in_the_main_file_alone(tmp_path: Path) -> None:
    included, deeper = tmp_path / "conf.d", tmp_path / "deeper"
    for directory in (included, deeper):
        directory.mkdir()
    (included / "10-first.conf").write_text(f"max_queued_messages 10\ninclude_dir {deeper}\n")
    (included / "20-last.conf").write_text("max_queued_messages 20\n")
    (included / "30-not.txt").write_text("max_queued_messages 30\n")
    (deeper / "40-not.conf").write_text("max_queued_messages 40\n")
    path = tmp_path / "mosquitto.conf"
    path.write_text(f"# max_queued_messages 1\nmax_queued_messages 2\ninclude_dir {included}\n")
    assert read_conf_file(path).number("max_queued_messages", 1000) == 20


@pytest.mark.parametrize(
    ("text", "shown", "is_local", "is_tls", "anonymous"),
    [
        ("", "port 1883 at localhost", True, False, True),
        ("port 1884", "port 1884 at every address", False, False, False),
        ("listener 1883", "port 1883 at every address", False, False, False),
        ("listener 1883 ::1\nallow_anonymous true", "port 1883 at ::1", True, False, True),
        ("listener 8883 192.0.2.7\ncertfile /c\nkeyfile /k", "port 8883 at 192.0.2.7", False, True, False),
        ("listener 0 /run/mosquitto.sock", "/run/mosquitto.sock", True, False, False),
        ("listener 1883\nallow_anonymous 1", "port 1883 at every address", False, False, True),
        ("listener 1883\nlistener_allow_anonymous true", "port 1883 at every address", False, False, True),
        ("per_listener_settings true\nlistener 1\nallow_anonymous true", "port 1 at every address", False, False, True),
    ],
)
def test_listener_is_read(tmp_path: Path, text: str, shown: str, is_local: bool, is_tls: bool, anonymous: bool) -> None:
    (tmp_path / "mosquitto.conf").write_text(text)
    conf = read_conf_file(tmp_path / "mosquitto.conf")
    (listener,) = conf.listeners
    assert (str(listener), listener.is_local, listener.is_tls) == (shown, is_local, is_tls)
    assert conf.allows_anonymous(listener) == anonymous


def test_websockets_belong_to_their_listener(tmp_path: Path) -> None:
    (tmp_path / "mosquitto.conf").write_text("listener 1883 127.0.0.1\nlistener 9001\nprotocol websockets\n")
    conf = read_conf_file(tmp_path / "mosquitto.conf")
    assert [listener.is_websockets for listener in conf.listeners] == [False, True]


def test_missing_file_or_directory_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mosquitto.conf"
    with pytest.raises(Misconfigured, match=re.escape(str(path))):
        read_conf_file(path)
    path.write_text("include_dir /nowhere\n")
    with pytest.raises(Misconfigured, match="/nowhere"):
        read_conf_file(path)


@pytest.mark.parametrize("directive", ["listener", "port"])
def test_port_that_is_none_is_read_as_nowhere(tmp_path, directive):
    path = tmp_path / "mosquitto.conf"
    path.write_text(f"{directive} {'9' * 5_000}\n")
    assert [listener.port for listener in read_conf_file(path).listeners] == [0]


def test_included_directory_that_no_file_system_can_have_is_refused(tmp_path):
    path = tmp_path / "mosquitto.conf"
    path.write_text("include_dir a\0b\n")
    with pytest.raises(Misconfigured, match="cannot read the included directory"):
        read_conf_file(path)
