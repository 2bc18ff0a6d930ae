"""Where the fuzzing begins: the golden files, the examples of the contract, and what no example shows."""

import json
import struct
from typing import Any, Final

import mqtt5

from tests.contract.schemas import DOCUMENT
from tests.contract.shapes import GOLDEN


def _examples(message: str) -> list[bytes]:
    """Take a message's examples from docs/asyncapi.yaml."""
    payloads = [example["payload"] for example in DOCUMENT["components"]["messages"][message]["examples"]]
    return [payload.encode() if isinstance(payload, str) else json.dumps(payload).encode() for payload in payloads]


def _golden(prefix: str) -> list[bytes]:
    """Take what is in the golden files, one line each."""
    return [json.dumps(json.loads(path.read_bytes())).encode() for path in sorted(GOLDEN.glob(f"{prefix}_*.json"))]


def _names(schemas: dict[str, Any]) -> list[str]:
    """Take the names of all fields that the contract knows."""
    return sorted({name for schema in schemas.values() for name in schema.get("properties", {})})


NAMES: Final = _names(DOCUMENT["components"]["schemas"])

_BELOW: Final = [
    b"alerts",
    b"alerts/cam-1",
    b"devices",
    b"devices/cam-1",
    b"devices/cam-1/availability",
    b"blocks/cam-1/report/firewall",
]
_SENT: Final = ["alert", "alert", "deviceUpdate", "deviceUpdate", "availability", "blockReport"]

TOPICS: Final = [b"homeguard/" + below for below in [*_BELOW, b"blocks/cam-1", b"bridge/state", b"replies/me/7"]]
PAYLOADS: Final = [bytes([to]) + one for to, message in enumerate(_SENT) for one in _examples(message)]
_MESSAGES: Final = [
    b"homeguard/%s %s" % (below, one)
    for below, message in zip(_BELOW, _SENT, strict=True)
    for one in _examples(message)
]
BATCHES: Final = [*_MESSAGES, b"\n".join(_MESSAGES), b"\n".join(_MESSAGES[:2] * 2)]

CLIENT_FRAMES: Final = [*_examples("ping"), *_examples("auth"), b'{"type":"pong"}']
CHANNEL_FRAMES: Final = [*_golden("frame"), b"\n".join(_golden("frame"))]
ANSWERS: Final = [*_golden("mqtt"), *_examples("alert"), *_examples("deviceUpdate")]


def _packets() -> list[bytes]:
    """Write what a broker may say; the first byte is the target's own."""
    publish = mqtt5.PublishPacket(
        "homeguard/alerts",
        CLIENT_FRAMES[0],
        qos=mqtt5.QoS.AT_LEAST_ONCE,
        packet_id=7,
        response_topic="homeguard/replies/me",
        correlation_data=b"7",
    )
    said: list[Any] = [
        mqtt5.ConnAckPacket(session_present=True),
        publish,
        mqtt5.PublishPacket("homeguard/devices", b"x" * 200),
        mqtt5.PubAckPacket(2),
        mqtt5.SubAckPacket(1, [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]),
        mqtt5.PingRespPacket(),
        mqtt5.DisconnectPacket(),
    ]
    written = [one.write() for one in said]
    return [bytes([first]) + one for first in (0, 3, 255) for one in [*written, b"".join(written)]]


PACKETS: Final = _packets()

_CLAIMS: Final = {
    "iss": "homeguard",
    "aud": "homeguard",
    "sub": "ada",
    "sid": "9f86d081884c7d659a2feaa0c55ad015",
    "role": "viewer",
    "iat": 1_700_000_000,
    "exp": 4_000_000_000,
    "jti": "7",
}
_HEADER: Final = b'{"alg":"HS256","typ":"JWT"}'
TOKENS: Final = [
    _HEADER + b"\n" + json.dumps(_CLAIMS).encode(),
    _HEADER + b"\n" + json.dumps(_CLAIMS | {"sub": "\ud800"}).encode(),
    _HEADER + b"\n" + json.dumps(_CLAIMS).encode("utf-16"),
    b'{"alg":"none"}\n{}',
    b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
]

_PROVIDERS: Final = {"iss": "https://id.example"}
PROVIDER_TOKENS: Final = [
    b'{"alg":"EdDSA","kid":"one"}\n'
    + json.dumps(_CLAIMS | {"iss": "https://id.example", "aud": ["homeguard"]}).encode(),
    b'{"alg":"HS256","kid":"one"}\n' + json.dumps(_CLAIMS | {"iss": "https://id.example"}).encode(),
    b"eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
]
KEY_SETS: Final = [
    b'{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"}]}',
    b'{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","use":"sig","y":"x_"}]}',
    b'{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"RSA","n":"AQAB","e":"AQAB"}]}',
]

HANDSHAKES: Final = [
    b"/ws/alerts?token={token}&since=0&epoch=5f0c2a91",
    b"/ws/devices?ticket={ticket}",
    b"/ws/alerts?tail=7\nAuthorization: Bearer {token}\nOrigin: http://home.test",
    b"/ws/devices?since=3\nSec-WebSocket-Protocol: homeguard.v1, bearer.{token}",
    b"/ws/alerts?since=9223372036854775807\nAuthorization: Bearer {token}\nOrigin: https://dash.example:8443",
    b"/ws/nowhere",
]
QUERIES: Final = [
    b"events?since=0&epoch=5f0c2a91&channels=alerts,devices&limit=5",
    b"alerts?limit=5&before=9&severity=high&device_id=cam-1&acknowledged=false",
    b"devices?after=cam-1&limit=1",
    b"rejects?before=9&limit=1",
]


def _client_frame(opcode: int, payload: bytes, *, is_last: bool = True) -> bytes:
    """Write a frame as a client does (RFC 6455 section 5.2), masked with zeros so that mutations stay readable."""
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack("!H", len(payload))
    return bytes([opcode | (0x80 if is_last else 0)]) + size + bytes(4) + payload


AFTER_UPGRADE: Final = [
    _client_frame(1, b'{"type":"ping"}'),
    _client_frame(1, b'{"type":"auth","token":"x"}'),
    _client_frame(1, b'{"type":', is_last=False) + _client_frame(0, b'"ping"}'),
    _client_frame(2, b"\x00\x01"),
    _client_frame(9, b"still there?") + _client_frame(10, b""),
    _client_frame(8, struct.pack("!H", 1000) + b"bye"),
]

SETTINGS: Final = [
    b"PORT=8000\nHEARTBEAT_SECONDS=15.0\nTOPIC_PREFIX=home/guard",
    b"RETENTION_DAYS=90\nSESSION_DAYS=30\nRETENTION_EVENTS=1000",
    b"ALLOWED_ORIGINS=https://dash.example, http://home\nLOG_LEVEL=debug\nSECURE_COOKIES=true",
    b"ALLOWED_HOSTS=guard.example,*\nTRUSTED_PROXIES=10.0.0.0/8, ::1\nHSTS_SECONDS=0\nMAX_SIGN_INS_PER_USER=5",
    b"MQTT_URL_FILE=mqtt://user:password@host:1883\nADMIN_PASSWORD_FILE=correct horse battery\n",
]
URLS: Final = [b"mqtt://user:p%40ss@host:1883", b"mqtts://broker.example", b"mqtt://[::1]:1884"]
MOSQUITTO_CONFS: Final = [
    b"listener 1883 127.0.0.1\nallow_anonymous false\nplugin /usr/lib/dynsec.so\nmax_queued_messages 1000",
    b"per_listener_settings true\nlistener 8883\ncertfile /c\nlistener 0 /run/socket\nlistener_allow_anonymous true",
    b"# mine\nport 1883\nbind_address ::1\ninclude_dir conf.d\nplugin_load dynsec /usr/lib/dynsec.so",
]

WISHES: Final = [
    b'{"desired":1}',
    b'{"device_id":"cam-1","desired":true,"command_id":"c1","mac":"02:00:5e:10:00:01","ips":["192.168.1.20","fe80::1"]}',
    b'{"desired":false,"mac":"02-00-5E-10-00-01","ips":["FE80::0001%eth0"],"reason":7}',
    b'{"desired":true,"ips":["localhost"]}',
]
ROUTER_ANSWERS: Final = [
    b'{"reports":{"cam-1":{"state":"enforced","detail":"port 3"}}}',
    b'{"reports":{"cam-1":{"state":"maybe"}}}',
    b'{"reports":{"cam-1":7}}',
    b'{"reports":["cam-1"]}',
    b"[]",
]
