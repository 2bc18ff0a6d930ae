"""What a line of the log shows of a secret: nothing, and of the rest everything."""

import logging
import sys

import pytest

from api.logs import RedactingFormatter, redact

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("GET /api/devices?access_token=abc.d-e&limit=5", "GET /api/devices?access_token=…&limit=5"),
        ("GET /?TICKET=abc HTTP/1.1", "GET /?TICKET=… HTTP/1.1"),
        ("/x?password=abc&passwd=abc&client_secret=abc", "/x?password=…&passwd=…&client_secret=…"),
        ("authorization: Basic YWJjOmRlZg==", "authorization: Basic …"),
        (f"unexpected {{'token': '{TOKEN}'}} came", "unexpected {'token': '…'} came"),
        (f"subprotocols homeguard.v1, bearer.{TOKEN}, x", "subprotocols homeguard.v1, bearer …, x"),
        ("GET /api/events?since=5&tokens_a_minute", "GET /api/events?since=5&tokens_a_minute"),
    ],
)
def test_redact_leaves_the_rest_of_a_line(line: str, shown: str) -> None:
    assert redact(line) == shown


def test_a_traceback_shows_no_token() -> None:
    try:
        raise ValueError(f"what is {TOKEN}?")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "it failed with %s", (TOKEN,), sys.exc_info())
    written = RedactingFormatter("%(message)s").format(record)
    assert "ValueError: what is …?" in written
    assert "it failed with …" in written
    assert "eyJ" not in written
