"""Answers whose JSON needs no more checking: it came out of the journal."""

from collections.abc import Sequence
from typing import Any

import orjson
from starlette.responses import Response

from api.services.pages import Page
from homeguard.events import Event, JsonObject


def answer(content: Any, status: int = 200) -> Response:
    """Write JSON as it is."""
    return Response(orjson.dumps(content), status, media_type="application/json")


def page_answer(page: Page[JsonObject], cursor: str) -> Response:
    """Write a page of a list; the field `cursor` of the last item leads to the next page."""
    return answer({"items": page.items, "next": page.items[-1][cursor] if page.has_more else None})


def envelopes_answer(events: Sequence[Event], rest: JsonObject) -> Response:
    """Write events with the fields of `rest` behind them; their JSON was written when they were stored."""
    items = ",".join(event.to_json() for event in events)
    return Response(f'{{"items":[{items}],{orjson.dumps(rest).decode()[1:]}', media_type="application/json")
