"""What must hold for whatever comes out: sizes, texts that can be stored and sent, and the schemas of the contract."""

from functools import cache
from typing import Final

import jsonschema
import orjson

from homeguard.errors import BadInput
from tests.contract.schemas import DOCUMENT, closed

MAX_COMPLAINT: Final = 3_000  # characters of an error: it repeats 280 of the input, of which an escape makes ten each
MAX_GROWTH: Final = 4  # times: `1e15` is written again as 1000000000000000.0, and nothing grows more


@cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    components = closed(DOCUMENT["components"])
    return jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components})


def fits(value: object, schema: str) -> None:
    """Hold a value against a schema of docs/asyncapi.yaml."""
    _validator(schema).validate(value)


def storable(text: str) -> None:
    """Hold a text against what a socket (UTF-8) and PostgreSQL (no NUL) take."""
    text.encode()
    assert "\0" not in text, f"a NUL in {text[:200]!r}"


def complaint(error: BadInput) -> None:
    """Hold an error against what becomes of it: a row, a line of the log, an answer."""
    storable(error.message)
    assert 0 < len(error.message) <= MAX_COMPLAINT, f"a complaint of {len(error.message)} characters"
    assert error.field is None or len(error.field) <= 64


def same_json(text: str, value: object) -> None:
    """Hold JSON text against the value that it was written from."""
    storable(text)
    assert orjson.loads(text) == value
