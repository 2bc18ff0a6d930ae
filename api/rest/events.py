"""`/api/events`: the journal for those who poll, in the envelopes and with the cursor of the WebSocket."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.problems import responses
from api.rest.answers import envelopes_answer
from api.rest.models.events import Events
from api.rest.parameters import MAX_SEQ, Caller, Limit, Shared, described
from api.services import events
from homeguard.errors import BadInput
from homeguard.events import Channel

router = APIRouter(prefix="/events", tags=["events"])

_ALL = ",".join(Channel)
_LIST = "({0})( *, *({0}))*".format("|".join(Channel))


@router.get("", summary="Read events from a cursor on", response_model=Events, responses=responses(401, 403, 422, 503))
async def read_events(
    context: Shared,
    caller: Caller,
    since: Annotated[int, Query(ge=0, le=MAX_SEQ, description="The newest `seq` you have; 0 is the beginning.")] = 0,
    epoch: Annotated[
        str | None, Query(description="The `epoch` that `since` belongs to.", examples=["5f0c2a91"])
    ] = None,
    channels: Annotated[
        str | None,
        Query(
            description="Comma-separated; unsaid, those that you may read.",
            examples=["alerts", _ALL],
            json_schema_extra=described(_LIST),
        ),
    ] = None,
    limit: Limit = 100,
) -> Response:
    """Read what followed `since`.

    Ask again at once with `next` as `since` where it is not null. A `gap` says what cannot be given any more:
    `trimmed` where retention has removed it, and the items go on after it; `epoch` where the cursor belongs to
    another journal: begin again at `head`.
    """
    feed = await events.read_feed(context, caller, _channels(channels), since, epoch, limit)
    gap = {"from": feed.gap.first, "to": feed.gap.last, "reason": feed.gap.reason} if feed.gap else None
    return envelopes_answer(feed.events, {"next": feed.next, "epoch": feed.epoch, "head": feed.head, "gap": gap})


def _channels(text: str | None) -> list[Channel] | None:
    if text is None:
        return None
    try:
        return [Channel(name.strip()) for name in text.split(",")]
    except ValueError:
        raise BadInput(f"channels are {' and '.join(Channel)}, not {text[:80]!r}", field="channels") from None
