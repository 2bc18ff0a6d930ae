"""Takes what a client says on its channel: a ping, a fresh token, or something that it should not say."""

from collections.abc import Awaitable, Callable

from api.auth.identity import Identity
from api.live import protocol
from api.live.protocol import Close
from api.live.subscriber import Subscriber
from homeguard.errors import BadInput, NotAllowed, Unavailable

Identify = Callable[[str], Awaitable[Identity]]


def hear(subscriber: Subscriber, text: str | None) -> str | None:
    """Answer what can be answered at once; returns a fresh token, which `renew` must look at."""
    try:
        token = protocol.read_client_frame(text)
    except BadInput as error:
        subscriber.say(protocol.error(subscriber.channel, error.message))
        return None
    if token is None:
        subscriber.say(protocol.pong(subscriber.channel))
    return token


async def renew(subscriber: Subscriber, token: str, identify: Identify) -> None:
    """Let the connection live as long as a fresh token; a bad one ends it."""
    try:
        subscriber.renew(await identify(token))
    except NotAllowed as error:
        subscriber.end(Close.TOKEN_INVALID, str(error))
    except Unavailable as error:
        subscriber.say(protocol.error(subscriber.channel, str(error)))
