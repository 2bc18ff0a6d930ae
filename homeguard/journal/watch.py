"""Looks after storage while nobody writes: whether it is there, whether it works again, whether it is another one."""

import asyncio
import logging
import secrets
from typing import Final

from homeguard.errors import Unavailable
from homeguard.journal.faults import JournalReplaced
from homeguard.journal.journal import Journal
from homeguard.journal.models import MetaRow
from homeguard.journal.transaction import Transaction

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0  # a restored journal is taken up, and storage that is back is said, within this
PROBE_BYTES: Final = 256 * 1024  # what a busy batch writes; a disk with less room is still full
_PROBE: Final = "probe"


async def watch_storage(journal: Journal) -> None:
    """Look for ever. While all is well it only reads, so that a quiet home's disk may sleep."""
    while True:
        try:
            if journal.fault is None:
                await journal.read(lambda: _require_epoch(journal.epoch))
            else:
                await journal.write(_probe)
                await journal.write(_forget_probe)
        except Unavailable as error:
            journal.note(error)
        except Exception:
            logger.exception("storage: a fault of ours; looking again")
        await asyncio.sleep(LOOK_SECONDS)


def _require_epoch(epoch: str) -> None:
    row = MetaRow.get_or_none(MetaRow.key == "epoch")
    if row is None or row.value != epoch:
        raise JournalReplaced


def _probe(transaction: Transaction) -> None:
    """Write as much as a batch would, of what no page holds already."""
    _forget_probe(transaction)  # one of a process that was killed here
    MetaRow.create(key=_PROBE, value=secrets.token_hex(PROBE_BYTES // 2))


def _forget_probe(_: Transaction) -> None:
    MetaRow.delete().where(MetaRow.key == _PROBE).execute()
