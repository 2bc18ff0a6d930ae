"""Tokens of one's own identity provider: who they prove, as long as nobody has ended them here."""

from api.auth.claims import header_of
from api.auth.identity import Identity
from api.auth.provider import MAX_TOKEN, end_of_token_id
from api.context import Context
from homeguard.audit import Action
from homeguard.errors import BadCredentials
from homeguard.journal import Transaction
from homeguard.journal.audit import note
from homeguard.journal.revoked import ended_tokens, revoke_token
from homeguard.settings import OIDC_ALGORITHMS


async def prove(context: Context, token: str) -> Identity:
    """Tell whom a token proves, one of ours or of the provider. Whether it was ended is not looked up here.

    The two never meet: ours are of a shared secret, the provider's of public keys, and neither verifies the other's.

    Raises:
        TokenExpired: it was good, and has ended.
        BadCredentials: it proves nothing.
        Unavailable: the provider's keys are not known yet, and it does not answer.
    """
    if context.provider is not None and header_of(token, MAX_TOKEN).get("alg") in OIDC_ALGORITHMS:
        return await context.provider.verify(token)
    return context.tokens.verify(token)


async def standing_token(context: Context, identity: Identity) -> Identity:
    """Let pass whom a token of the provider proves.

    Raises:
        BadCredentials: it was ended, or its user's name is that of a user of ours, for whom the provider cannot speak.
    """
    names = {identity.session_id: identity.username}
    if await context.journal.read(lambda: ended_tokens(names)):
        raise BadCredentials("this token was ended here, or its user has the name of a user of HomeGuard's own")
    return identity


async def end_token(context: Context, token_id: str, action: Action, *, by: str, address: str | None) -> bool:
    """End a token of the provider before its time, on every process; tells whether it was good until now."""
    until = end_of_token_id(token_id)

    def end(transaction: Transaction) -> bool:
        if not revoke_token(transaction, token_id, until):
            return False
        note(transaction, action, by=by, address=address, target=token_id)
        return True

    ended = await context.journal.write(end)
    if ended:
        context.sessions_ended([token_id])
    return ended
