"""Keeps secrets out of the log: uvicorn writes the whole query of every handshake, and an error what it was about."""

import logging
import re
from typing import Final

_SECRET: Final = re.compile(r"(?i)([\w-]*(?:token|ticket|passw(?:or)?d|secret|jwt))=[^&\s\"']+")
_BEARER: Final = re.compile(r"(?i)\b(bearer|basic)[ .][A-Za-z0-9._~+/=-]+")
_TOKEN: Final = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")  # a JWT, wherever it stands: each begins with `{"`
_TALKATIVE: Final = ("uvicorn.access", "uvicorn.error", "peewee.migrations")


def redact(text: str) -> str:
    """Replace tokens, tickets and passwords of a query or a header, and every token besides."""
    return _TOKEN.sub("…", _BEARER.sub(r"\1 …", _SECRET.sub(r"\1=…", text)))


class RedactingFormatter(logging.Formatter):
    """Writes each record without its secrets, its traceback too: nothing is added behind it."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as one text."""
        return redact(super().format(record))


def configure_logging(level: str) -> None:
    """Write all logs to stderr in one format, redacted, whichever library speaks."""
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    if level != "DEBUG":
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
