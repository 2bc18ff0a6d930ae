"""Tokens of an identity provider that were ended before their time: remembered until they would have ended anyway."""

from collections.abc import Mapping
from datetime import datetime

from homeguard.journal.models import tuples_of
from homeguard.journal.people import RevokedTokenRow, UserRow
from homeguard.journal.transaction import Transaction


def revoke_token(transaction: Transaction, token_id: str, until: datetime) -> bool:
    """End a token that nobody takes after `until`; tells whether it was good until now."""
    RevokedTokenRow.delete().where(RevokedTokenRow.until <= transaction.now).execute()
    if until <= transaction.now or RevokedTokenRow.get_or_none(RevokedTokenRow.id == token_id) is not None:
        return False
    RevokedTokenRow.insert(id=token_id, until=until).on_conflict_ignore().execute()
    return True


def ended_tokens(names: Mapping[str, str]) -> set[str]:
    """Tell which of these tokens (at most 500, with the name of whom each proves) are good no more.

    A name of a user of ours stands for that user, whom no provider may speak for.
    """
    revoked = RevokedTokenRow.select(RevokedTokenRow.id).where(RevokedTokenRow.id << list(names))
    taken = UserRow.select(UserRow.username).where(UserRow.username << [name.casefold() for name in names.values()])
    ours = {username for (username,) in tuples_of(taken)}
    return {id for (id,) in tuples_of(revoked)} | {id for id, name in names.items() if name.casefold() in ours}
