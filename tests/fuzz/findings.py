"""What fuzzing has found, and what it did; each is tried again by every run of the tests."""

from typing import Final, NamedTuple


class Finding(NamedTuple):
    """An input on which a law of its target did not hold."""

    target: str
    data: bytes
    did: str


_DEEP: Final = b"[" * 1_020 + b"]" * 1_020

FINDINGS: Final = [
    Finding(
        "payload",
        b'\x01{"reason":"x","occurred_at":"0001-01-01T00:00:00+23:59"}',
        "OverflowError: one message ended the ingest, and came again after every restart",
    ),
    Finding(
        "payload",
        b'\x01{"reason":"x","occurred_at":"0900-01-01T00:00:00Z"}',
        "a year of three digits, which no schema takes and no text sorts",
    ),
    Finding("payload", b'\x01{"reason":"x","severity":' + _DEEP + b"}", "RecursionError on the way to its complaint"),
    Finding(
        "payload", b'\x00{"reason":"x","device_id":["' + b"x" * 5_000 + b'"]}', "a complaint as long as the payload"
    ),
    Finding(
        "stored",
        b'homeguard/devices {"id":"cam-1","telemetry":' + b'{"a":' * 252 + b"1" + b"}" * 252 + b"}",
        "a device that could be stored and not be shown: no snapshot and no list of any device any more",
    ),
    Finding("stored", b'homeguard/al\x00erts {"reason":"x"}', "a reject that PostgreSQL cannot keep"),
    Finding("handshake", b"/ws/alerts\nOrigin: http://[::1", "ValueError: a page's Origin made an error of ours"),
    Finding("rest_query", b"devices?after=%00", "500 on PostgreSQL"),
    Finding("mqtt_url", b"mqtt://1]:1884", "ValueError instead of the name of the setting"),
    Finding("mosquitto_conf", b"include_dir a\0b", "ValueError instead of the name of the file"),
    Finding("mosquitto_conf", b"listener " + b"9" * 5_000, "ValueError instead of what a doctor could say"),
    Finding("settings", b"MQTT_URL_FILE=mqtt://user:pass\x89rd@host", "UnicodeDecodeError with the secret in it"),
    Finding("settings", b"RETENTION_DAYS=10000000000", "OverflowError, an hour after the start"),
    Finding("settings", b"MAX_CALLS_PER_USER=9223372036854775808", "more than anything can count"),
    Finding("settings", b"HEARTBEAT_SECONDS=inf", "a hello with null where the contract has a number"),
    Finding("answers", b'{"status":"rejected","error":' + _DEEP + b"}", "RecursionError in a device that is told no"),
    Finding("channel_frames", b'{"type":"x","channel":' + _DEEP + b"}", "RecursionError in a subscriber"),
    Finding("channel_frames", b'{"type":"gap","to":-5}', "a cursor that no server takes, for ever"),
]
