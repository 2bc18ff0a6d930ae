"""The texts that people paste: a shell and a YAML parser take them, and every topic in them is the device's own."""

import re
import subprocess

import pytest
import yaml

from homeguard.examples import MqttAccess, MqttDoor, esphome, examples, mosquitto_pub, tasmota
from homeguard.topics import Topics

CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
PLAIN = MqttAccess(MqttDoor("192.168.1.2", 1883), "cam-1", "f" * 32, "cam-1")
TLS = MqttAccess(MqttDoor("192.168.1.2", 8883, tls=True, ca=CA), "cam-1", "f" * 32, "cam-1")
PUBLIC = MqttAccess(MqttDoor("mqtt.example.org", 8883, tls=True), "cam-1", "f" * 32, "cam-1")
OWN = {
    "home/alerts/cam-1",
    "home/devices/cam-1",
    "home/devices/cam-1/availability",
    "home/blocks/cam-1",
}


@pytest.mark.parametrize("access", [PLAIN, TLS, PUBLIC])
def test_every_topic_is_the_devices_own(access: MqttAccess) -> None:
    texts = examples(access, Topics("home"))
    for name, text in texts.items():
        named = set(re.findall(r"\bhome/[\w/-]+", text))
        assert named, name
        assert named <= OWN, name


@pytest.mark.parametrize("access", [PLAIN, TLS, PUBLIC])
@pytest.mark.parametrize("name", ["mosquitto_pub", "zigbee2mqtt"])
def test_what_is_for_a_shell_is_shell(access: MqttAccess, name: str) -> None:
    subprocess.run(["sh", "-n"], input=examples(access, Topics())[name].encode(), check=True)


def test_tls_is_asked_for_with_whom_to_trust() -> None:
    assert " --cafile ca.crt " in mosquitto_pub(TLS, Topics())
    assert " --tls-use-os-certs " in mosquitto_pub(PUBLIC, Topics())
    assert "cafile" not in mosquitto_pub(PLAIN, Topics())
    assert "SetOption103 1" in tasmota(TLS, Topics())


def test_esphome_says_its_availability_at_birth_and_by_its_will() -> None:
    mqtt = yaml.safe_load(esphome(TLS, Topics()))["mqtt"]
    assert (mqtt["broker"], mqtt["port"], mqtt["username"], mqtt["client_id"]) == (
        "192.168.1.2",
        8883,
        "cam-1",
        "cam-1",
    )
    assert (mqtt["password"], mqtt["topic_prefix"], mqtt["discovery"]) == ("f" * 32, None, False)
    assert mqtt["certificate_authority"] == CA.strip() or mqtt["certificate_authority"] == CA
    will, birth = mqtt["will_message"], mqtt["birth_message"]
    assert will["topic"] == birth["topic"] == "homeguard/devices/cam-1/availability"
    assert (will["payload"], birth["payload"], will["retain"], birth["retain"]) == ("offline", "online", True, True)


def test_tasmota_has_another_topic_than_client_id() -> None:
    """It lets none be the same (tasmota.github.io/docs/MQTT), and the client id is bound."""
    backlog = next(line for line in tasmota(PLAIN, Topics()).splitlines() if line.startswith("Backlog"))
    said = dict(part.split(" ", 1) for part in backlog.removeprefix("Backlog ").split("; "))
    assert said["MqttClient"] == said["MqttUser"] == "cam-1" != said["Topic"]


def test_password_stays_out_of_logs() -> None:
    assert "f" * 32 not in repr(PLAIN)
