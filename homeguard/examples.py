"""How a device signs in and speaks, in texts that can be pasted: one for each kind of device people have. Pure.

What each firmware takes is from its own documentation: esphome.io/components/mqtt, tasmota.github.io/docs/MQTT (a
client id must differ from the topic there) and zigbee2mqtt.io/guide/configuration/mqtt.
"""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from homeguard.events import JsonObject
from homeguard.topics import AlertsTopic, AvailabilityTopic, BlockTopic, DevicesTopic, Topics

CA_FILE: Final = "ca.crt"  # as people copy it beside their configuration
_REASON: Final = json.dumps({"reason": "Port scan"})


@dataclass(frozen=True, slots=True)
class MqttDoor:
    """Where devices reach the broker; `ca` is the certificate to trust (PEM), where it is not a public one."""

    host: str
    port: int
    tls: bool = False
    ca: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class MqttAccess:
    """Where a device signs in, and as whom."""

    door: MqttDoor
    username: str
    password: str = field(repr=False)
    client_id: str

    def to_json(self) -> JsonObject:
        """Write it as REST gives it, the only time that the password is seen."""
        return {
            "host": self.door.host,
            "port": self.door.port,
            "tls": self.door.tls,
            "username": self.username,
            "password": self.password,
            "client_id": self.client_id,
        }


def examples(access: MqttAccess, topics: Topics) -> dict[str, str]:
    """Write the texts by the name of what they are for."""
    writers: dict[str, Callable[[MqttAccess, Topics], str]] = {
        "mosquitto_pub": mosquitto_pub,
        "esphome": esphome,
        "tasmota": tasmota,
        "zigbee2mqtt": zigbee2mqtt,
    }
    return {name: write(access, topics) for name, write in writers.items()}


def mosquitto_pub(access: MqttAccess, topics: Topics) -> str:
    """Write lines for a shell: say online, raise an alert, tell of oneself, and listen to one's own block."""
    id = access.client_id
    options = f"-h {access.door.host} -p {access.door.port}{_trust(access)} -i {id} -u {id} -P {access.password} -q 1"
    online, alert = topics.format(AvailabilityTopic(id)), topics.format(AlertsTopic(id))
    firmware = shlex.quote(json.dumps({"firmware": "1.0"}))
    return _lines(
        "# One at a time: the account has one client id, and who connects with it again throws the first one off.",
        f"mosquitto_pub {options} -t {online} -m online -r",
        f"mosquitto_pub {options} -t {alert} -m {shlex.quote(_REASON)}",
        f"mosquitto_pub {options} -t {topics.format(DevicesTopic(id))} -m {firmware}",
        f"mosquitto_sub {options} -t {topics.format(BlockTopic(id))} -v",
    )


def esphome(access: MqttAccess, topics: Topics) -> str:
    """Write the `mqtt:` part of a configuration; birth and will are the device's availability."""
    id = access.client_id
    availability = topics.format(AvailabilityTopic(id))
    lines = [
        "# Without Home Assistant's native API take out `api:` too, or the device restarts every 15 minutes.",
        "mqtt:",
        f"  broker: {access.door.host}",
        f"  port: {access.door.port}",
        f"  username: {id}",
        f'  password: "{access.password}"',
        f"  client_id: {id}  # bound to the account: another one is refused",
        "  discovery: false",
        "  topic_prefix: null  # this account may speak on its own topics alone: entities publish nowhere else",
    ]
    for name, payload in (("birth", "online"), ("will", "offline"), ("shutdown", "offline")):
        lines += [
            f"  {name}_message:",
            f"    topic: {availability}",
            f"    payload: {payload}",
            "    qos: 1",
            "    retain: true",
        ]
    if access.door.tls:
        lines += [
            "  # TLS: on an ESP32 with the esp-idf framework; an ESP8266 cannot check this certificate.",
            *_pem(access),
        ]
    lines += [
        "",
        "# An alert, from any automation, for example `on_press:` of a binary sensor:",
        "#   - mqtt.publish:",
        f"#       topic: {topics.format(AlertsTopic(id))}",
        '#       payload: \'{"reason": "Door opened"}\'',
        "#       qos: 1",
        "#       retain: false  # a retained alert is refused",
    ]
    return _lines(*lines)


def tasmota(access: MqttAccess, topics: Topics) -> str:
    """Write lines for Tasmota's console."""
    id = access.client_id
    availability, alert = topics.format(AvailabilityTopic(id)), topics.format(AlertsTopic(id))
    tls = [
        "# TLS needs a Tasmota that was built with it (tasmota32, or USE_MQTT_TLS): without, it cannot connect here.",
        "SetOption103 1",
    ]
    return _lines(
        "# Tasmota's own topics (cmnd, stat, tele, its last will) have other names and contents than HomeGuard's: the",
        "# broker lets this account use none of them, so its switches cannot be driven over this broker, and when it",
        "# vanishes HomeGuard learns it by its silence. What it can, by rules: say that it is there, and raise alerts.",
        "# Client and Topic must differ in Tasmota; the client id is bound to the account.",
        *(tls if access.door.tls else []),
        f"Backlog MqttHost {access.door.host}; MqttPort {access.door.port}; "
        f"MqttUser {id}; MqttPassword {access.password}; "
        f"MqttClient {id}; Topic {id}_tasmota; FullTopic %prefix%/%topic%/; SetOption19 0",
        f"Rule1 ON Mqtt#Connected DO Publish2 {availability} online ENDON "
        f'ON Switch1#State=1 DO Publish {alert} {{"reason":"Door opened"}} ENDON',
        "Rule1 1",
    )


def zigbee2mqtt(access: MqttAccess, topics: Topics) -> str:
    """Write how Zigbee2MQTT's messages come to HomeGuard: by a translation, as its topics are not ours."""
    id = access.client_id
    options = f"-h {access.door.host} -p {access.door.port}{_trust(access)} -i {id} -u {id} -P {access.password} -q 1"
    will = f"--will-topic {topics.format(AvailabilityTopic(id))} --will-payload offline --will-retain --will-qos 1"
    scheme = "mqtts" if access.door.tls else "mqtt"
    return _lines(
        "# Zigbee2MQTT publishes on BASE_TOPIC/FRIENDLY_NAME and reads BASE_TOPIC/+/set: no base topic makes those",
        "# HomeGuard's topics, and this account may use no others. So Zigbee2MQTT keeps the account it has, at its own",
        "# broker or at this one, in its configuration.yaml:",
        "#   mqtt:",
        "#     base_topic: zigbee2mqtt",
        f"#     server: {scheme}://BROKER",
        "#     user: ITS_USER",
        "#     password: ITS_PASSWORD",
        "# and these lines turn what it says of one Zigbee device into alerts of this account. Run them as a service",
        "# (they need mosquitto-clients and jq); front_door is the friendly name of a contact sensor:",
        "mosquitto_sub -h BROKER -u ITS_USER -P ITS_PASSWORD -t zigbee2mqtt/front_door -F %p |",
        "  jq --unbuffered -c 'select(.contact == false) | {reason: \"Front door opened\", details: .}' |",
        f"  mosquitto_pub {options} -t {topics.format(AlertsTopic(id))} -l {will}",
    )


def _trust(access: MqttAccess) -> str:
    if not access.door.tls:
        return ""
    return f" --cafile {CA_FILE}" if access.door.ca else " --tls-use-os-certs"


def _pem(access: MqttAccess) -> list[str]:
    if access.door.ca is None:
        return ["  # certificate_authority: |", "  #   the certificate of the authority that signed the broker's"]
    return ["  certificate_authority: |", *(f"    {line}" for line in access.door.ca.strip().splitlines())]


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
