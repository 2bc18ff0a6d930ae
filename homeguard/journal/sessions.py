"""Sign-ins: each is a session that lives until its end, kept up by refresh tokens of which only the newest is good.

A refresh token is `family.secret`. The session's id is derived from the family, so that any older token of a session
is recognised as one of its own, however often it was replaced since: whoever stole a token and whoever lost it cannot
both go on, and the first one to come with an old token ends the session for both. The one that was replaced last is
taken for `GRACE` more and gets the successor that it got before: its answer may have been lost, or another tab has come
with it at the same moment.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from homeguard.audit import Action
from homeguard.clock import to_rfc3339
from homeguard.errors import BadCredentials, BadInput
from homeguard.events import Channel
from homeguard.journal.audit import note
from homeguard.journal.channels import channels_of
from homeguard.journal.models import execute_many, tuples_of
from homeguard.journal.people import SessionRow, UserRow
from homeguard.journal.transaction import Transaction

GRACE: Final = timedelta(seconds=10)  # a page that is loaded again, and every tab of a browser that wakes, are in it
CURSOR_PATTERN: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z_[0-9a-f]{32}"
_CURSOR: Final = re.compile(CURSOR_PATTERN)
MAX_CLIENT: Final = 200  # characters of what a client says it is; enough to recognise one's own browser


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in that stands, and whose it is, with what they may do and read now."""

    id: str
    username: str
    role: str
    channels: frozenset[Channel]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignIn:
    """A session as its user recognises it: when it began and was last used, from where, with what."""

    id: str
    username: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    client: str
    address: str | None

    @property
    def cursor(self) -> str:
        """The place of this one in the list, which does not move when others end."""
        return f"{to_rfc3339(self.created_at)}_{self.id}"


@dataclass(frozen=True, slots=True)
class Grant:
    """A session with the refresh token that is good for it now."""

    session: Session
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reused:
    """A refresh token came that was replaced before: its session is ended."""

    session_id: str


def open_session(
    transaction: Transaction,
    username: str,
    *,
    lifetime: timedelta,
    client: str,
    address: str | None = None,
    proved_hash: str | None = None,
    new_hash: str | None = None,
) -> Grant:
    """Begin a session; `proved_hash` is the password hash that was proved before, `new_hash` a stronger one to keep.

    Raises:
        BadCredentials: the user is gone, or has another password by now.
    """
    user = UserRow.get_or_none(UserRow.username == username)
    if user is None or (proved_hash is not None and user.password_hash != proved_hash):
        raise BadCredentials("the user name or the password is wrong")
    if new_hash is not None:
        UserRow.update(password_hash=new_hash).where(UserRow.id == user.id).execute()
    _forget_ended(transaction)
    refresh_token = f"{secrets.token_urlsafe(32)}.{secrets.token_urlsafe(32)}"
    row = SessionRow.create(
        id=session_id_of(refresh_token),
        user=user,
        refresh_hash=_digest(refresh_token),
        created_at=transaction.now,
        expires_at=transaction.now + lifetime,
        client=client.replace("\0", "")[:MAX_CLIENT],
        address=address,
        seen_at=transaction.now,
    )
    session = Session(row.id, user.username, user.role, channels_of(user.channels), row.expires_at)
    return Grant(session, refresh_token)


def standing_session(session_id: str, now: datetime) -> Session | None:
    """Read a session that is neither over nor revoked, with what its user may do now."""
    return standing_sessions([session_id], now).get(session_id)


def standing_sessions(session_ids: Sequence[str], now: datetime) -> dict[str, Session]:
    """Read which of these sessions (at most 500) stand, by their ids."""
    found = (
        SessionRow.select(SessionRow.id, UserRow.username, UserRow.role, UserRow.channels, SessionRow.expires_at)
        .join(UserRow)
        .where(SessionRow.id << list(session_ids), *_stands(now))
    )
    return {
        id: Session(id, username, role, channels_of(channels), expires_at)
        for id, username, role, channels, expires_at in tuples_of(found)
    }


def page_of_sessions(now: datetime, username: str | None, before: str | None, limit: int) -> list[SignIn]:
    """Read at most `limit` of the sessions that stand, the newest first: those behind the cursor `before`.

    Raises:
        BadInput: `before` is no cursor.
    """
    query = SessionRow.select(SessionRow, UserRow).join(UserRow).where(*_stands(now))
    if username is not None:
        query = query.where(UserRow.username == username)
    if before is not None:
        if _CURSOR.fullmatch(before) is None:
            raise BadInput("before is `next` of the page before", field="before")
        created_at, _, id = before.partition("_")
        is_older = (SessionRow.created_at == created_at) & (SessionRow.id < id)
        query = query.where((SessionRow.created_at < created_at) | is_older)
    return [
        SignIn(
            row.id,
            row.user.username,
            row.created_at,
            row.seen_at or row.created_at,
            row.expires_at,
            row.client,
            row.address,
        )
        for row in query.order_by(SessionRow.created_at.desc(), SessionRow.id.desc()).limit(limit)
    ]


def mark_seen(transaction: Transaction, seen: Mapping[str, tuple[datetime, str | None]]) -> None:
    """Write when sessions were last used and from where; what another process saw later stays."""
    execute_many(
        'UPDATE "sessions" SET "seen_at" = ?, "address" = COALESCE(?, "address")'
        ' WHERE "id" = ? AND ("seen_at" IS NULL OR "seen_at" < ?)',
        [(to_rfc3339(at), address, id, to_rfc3339(at)) for id, (at, address) in seen.items()],
    )


def rotate(transaction: Transaction, refresh_token: str, *, address: str | None = None) -> Grant | Reused | None:
    """Replace a refresh token by a new one; None where it belongs to no session that stands.

    One that was replaced before ends its session, because somebody else has it too; but within `GRACE` the last one
    gets its successor again. The ending is an answer, not an error: it must be committed.
    """
    session = standing_session(session_id_of(refresh_token), transaction.now)
    if session is None:
        return None
    presented, salt = _digest(refresh_token), secrets.token_urlsafe(32)
    following = _successor(refresh_token, salt)
    replaced = (
        SessionRow.update(
            refresh_hash=_digest(following),
            replaced_hash=presented,
            replaced_at=transaction.now,
            successor_salt=salt,
            address=address,
            seen_at=transaction.now,
        )
        .where(SessionRow.id == session.id, SessionRow.refresh_hash == presented, *_stands(transaction.now))
        .execute()
    )
    if replaced:
        return Grant(session, following)
    kept_salt = _salt_within_grace(session.id, presented, transaction.now)
    if kept_salt is not None:
        return Grant(session, _successor(refresh_token, kept_salt))
    end_session(transaction, session.id)
    note(transaction, Action.TOKEN_REUSED, by=session.username, address=address, target=session.id)
    return Reused(session.id)


def session_id_of(refresh_token: str) -> str:
    """Tell which session a refresh token belongs to, if it is one."""
    return _digest(refresh_token.partition(".")[0])[:32]


def end_session(transaction: Transaction, session_id: str) -> bool:
    """Revoke a session; tells whether it stood until now."""
    query = SessionRow.update(revoked_at=transaction.now).where(SessionRow.id == session_id, *_stands(transaction.now))
    return bool(query.execute())


def end_sessions_of(transaction: Transaction, user: UserRow) -> list[str]:
    """Revoke every session of a user; returns the ids of those that stood until now."""
    mine = SessionRow.select(SessionRow.id).where(SessionRow.user == user, *_stands(transaction.now))
    ids = [id for (id,) in tuples_of(mine.order_by(SessionRow.id))]
    SessionRow.update(revoked_at=transaction.now).where(SessionRow.user == user, *_stands(transaction.now)).execute()
    return ids


def end_all_sessions(transaction: Transaction) -> int:
    """Revoke every session of everybody; returns how many stood until now."""
    return int(SessionRow.update(revoked_at=transaction.now).where(*_stands(transaction.now)).execute())


def last_end(now: datetime) -> datetime | None:
    """Tell when the last of the sessions that stand is over, None where there is none."""
    latest = SessionRow.select(SessionRow.expires_at).where(*_stands(now)).order_by(SessionRow.expires_at.desc())
    return next((expires_at for (expires_at,) in tuples_of(latest.limit(1))), None)


def _salt_within_grace(session_id: str, presented: str, now: datetime) -> str | None:
    row = SessionRow.get(SessionRow.id == session_id)
    is_last = row.replaced_hash == presented and row.replaced_at is not None
    return row.successor_salt if is_last and abs(now - row.replaced_at) <= GRACE else None


def _stands(now: datetime) -> tuple[Any, Any]:
    return SessionRow.revoked_at.is_null(), SessionRow.expires_at > now


def _forget_ended(transaction: Transaction) -> None:
    SessionRow.delete().where(SessionRow.expires_at <= transaction.now).execute()


def _successor(refresh_token: str, salt: str) -> str:
    """Make the token that follows: whoever has only the database, or only the token, cannot."""
    secret = hashlib.sha256(f"{salt}.{refresh_token}".encode()).digest()
    return f"{refresh_token.partition('.')[0]}.{base64.urlsafe_b64encode(secret).rstrip(b'=').decode()}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
