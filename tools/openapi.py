"""Writes the OpenAPI document that the dashboard's types are made from: `python tools/openapi.py FILE`."""

import json
import sys
from pathlib import Path

from api.app import create_rest


def written() -> str:
    """Return the document as text, the same for the same code."""
    return json.dumps(create_rest().openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(written(), encoding="utf-8")
