"""The journal: every event on disk before anybody sees it, on SQLite or PostgreSQL, through peewee."""

from homeguard.journal.journal import Journal
from homeguard.journal.transaction import Transaction

__all__ = ["Journal", "Transaction"]
