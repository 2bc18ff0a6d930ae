"""Closes sockets whose session was ended elsewhere: by `homeguard user`, or by another process of a deployment."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

from api.auth.identity import Identity
from api.auth.provider import is_token_id
from api.context import Context
from api.live.fanout import Fanout
from homeguard.errors import Unavailable
from homeguard.journal.models import MAX_IDS_A_QUERY
from homeguard.journal.revoked import ended_tokens
from homeguard.journal.sessions import Session, standing_sessions
from homeguard.journal.transaction import is_epoch

CHECK_SECONDS: Final = 0.5  # a session that was ended elsewhere loses its sockets within a second, whatever else runs


async def watch_sessions(context: Context, fanout: Fanout) -> None:
    """Check for ever; while storage is away, later."""
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        try:
            ended = await ended_sessions(context, fanout)
        except Unavailable:
            continue
        if ended:
            context.known_tokens.forget(ended)  # who is shown out of a socket is not let in by REST a moment longer
            fanout.close_sessions(ended)


async def ended_sessions(context: Context, fanout: Fanout) -> list[str]:
    """Tell which sessions of those who listen stand no more, or belong to somebody who may do other things by now.

    None of them where the journal is another one, which has other sessions: all who listen get 1012 for that.
    """
    listening = {who.session_id: who for who in fanout.identities()}
    ids = list(listening)
    ended: list[str] = []
    for start in range(0, len(ids), MAX_IDS_A_QUERY):
        some = ids[start : start + MAX_IDS_A_QUERY]
        found = await context.journal.read(partial(_ended, context, {id: listening[id] for id in some}))
        if found is None:
            return []
        ended += found
    return ended


def _is(who: Identity, session: Session | None) -> bool:
    if session is None:
        return False
    return (who.username, who.role, who.channels) == (session.username, session.role, session.channels)


def _ended(context: Context, listening: Mapping[str, Identity]) -> list[str] | None:
    """Read which of these are over, None where the journal is another one."""
    if not is_epoch(context.journal.epoch):
        return None
    tokens = {id: who.username for id, who in listening.items() if is_token_id(id)}
    sessions = [id for id in listening if id not in tokens]
    standing = standing_sessions(sessions, context.clock()) if sessions else {}
    over = [id for id in sessions if not _is(listening[id], standing.get(id))]
    return over + sorted(ended_tokens(tokens)) if tokens else over
