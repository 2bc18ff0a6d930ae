"""The dashboard's types are made from `frontend/openapi.json`, so it must be what the application says."""

from pathlib import Path

from tools.openapi import written

FILE = Path(__file__).parents[2] / "frontend" / "openapi.json"


def test_the_stored_document_is_the_one_of_the_application() -> None:
    assert FILE.read_text(encoding="utf-8") == written(), "run: python tools/openapi.py frontend/openapi.json"
