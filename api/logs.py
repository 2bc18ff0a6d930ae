"""Keeps tokens out of the log: uvicorn writes the whole query of every handshake."""

import logging
import re
from typing import Final

_SECRET: Final = re.compile(r"(?i)\b(token|ticket)=[^&\s\"']+")
_BEARER: Final = re.compile(r"(?i)\bbearer[ .][A-Za-z0-9._~+/=-]+")
_TALKATIVE: Final = ("uvicorn.access", "uvicorn.error", "peewee.migrations")


def redact(text: str) -> str:
    """Replace tokens and tickets of a query or a header."""
    return _BEARER.sub("bearer …", _SECRET.sub(r"\1=…", text))


class Redaction(logging.Filter):
    """Rewrites each record before any handler writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the message with its arguments; every record passes."""
        message = record.getMessage()
        clean = redact(message)
        if clean != message:
            record.msg, record.args = clean, None
        return True


def configure_logging(level: str) -> None:
    """Write all logs to stderr in one format, redacted, whichever library speaks."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))
    handler.addFilter(Redaction())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    if level != "DEBUG":
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
