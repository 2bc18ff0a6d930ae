"""Takes messages into a journal as the bridge does, for tests without a broker."""

import json

from homeguard.decode import decode
from homeguard.errors import BadInput
from homeguard.events import Decoded, Event
from homeguard.journal.intake import Received, Rules, digest_of, store
from homeguard.topics import Topics

RULES = Rules(Topics(), tell_new=False)  # most tests are of a home that knows its devices


class Desk:
    """Where messages are handed in."""

    def __init__(self, journal, **rules):
        self.journal = journal
        self.rules = RULES._replace(**rules)
        self.committed: list[Event] = []
        journal.on_commit(self.committed.extend)

    async def take(self, *messages):
        """Hand in one batch of (topic below `homeguard/`, payload); returns the outcomes."""
        batch = [received(topic, payload, mid) for mid, (topic, payload) in enumerate(messages, 1)]
        return await self.journal.write(lambda transaction: store(transaction, batch, self.rules))


def received(topic, payload, mid=1):
    """Read one message as the bridge does."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    full = f"homeguard/{topic}"
    content: Decoded | BadInput
    try:
        content = decode(Topics().parse(full), raw)  # type: ignore[arg-type]  # tests use the topics of publishers
    except BadInput as error:
        content = error
    return Received(full, raw, content, digest_of(full, raw, mid))
