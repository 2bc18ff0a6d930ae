"""The tables of the journal, for SQLite and PostgreSQL alike; `migrations/` makes and changes them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import peewee
from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    CompositeKey,
    DatabaseProxy,
    IntegerField,
    Model,
    TextField,
)

from homeguard.clock import from_rfc3339, to_rfc3339

MAX_IDS_A_QUERY: Final = 500  # SQLite takes 32,766 variables in a statement, older ones 999

database = DatabaseProxy()  # the one open journal of this process


def tuples_of(query: Any) -> list[tuple[Any, ...]]:
    """Run a query and return its rows as tuples of the columns it selects."""
    return list(query.tuples())


def execute(statement: str, *parameters: object) -> Any:
    """Run SQL that is written out, with `?` for each parameter; returns the cursor.

    For the few statements that run with every message: to build one of them as a query costs ten times what it costs.
    """
    return database.obj.execute_sql(statement.replace("?", database.obj.param), parameters)


def execute_many(statement: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Run such a statement once for each row, by the driver's own executemany: one call a batch."""
    with peewee.__exception_wrapper__:  # type: ignore[attr-defined]  # peewee's own errors for a raw cursor too
        database.obj.cursor().executemany(statement.replace("?", database.obj.param), rows)


class TimeField(TextField):
    """An aware UTC time kept as RFC 3339 text of fixed width: readable in any client, and sorts as time does."""

    def db_value(self, value: datetime | str | None) -> str | None:
        """Write an aware time; a text is one already."""
        return to_rfc3339(value) if isinstance(value, datetime) else value

    def python_value(self, value: str | None) -> datetime | None:
        """Read it back as aware UTC."""
        return None if value is None else from_rfc3339(value)


class Table(Model):
    """Root of the tables."""

    class Meta:
        """Binds them to the open journal."""

        database = database
        legacy_table_names = False


class MetaRow(Table):
    """Single facts about the journal: its epoch, the session at the broker that feeds it."""

    key = CharField(primary_key=True)
    value = TextField()

    class Meta:
        """Named as what it holds."""

        table_name = "meta"


class ChannelHead(Table):
    """Where each channel stands: the newest `seq`, and the newest that retention has removed.

    Its rows are locked by whoever appends, so `seq` is given out in the order of commits and without holes.
    """

    name = CharField(primary_key=True)
    head = BigIntegerField()
    trimmed = BigIntegerField()

    class Meta:
        """Named as what it holds."""

        table_name = "channels"


class EventRow(Table):
    """One event; `dedupe` is set where the publisher gave its own id."""

    seq = BigIntegerField(primary_key=True)
    channel = CharField()
    type = CharField()
    prev = BigIntegerField()
    at = TextField()
    device_id = CharField(null=True)
    severity = CharField(null=True)
    dedupe = BlobField(null=True)
    body = TextField()

    class Meta:
        """Named as what it holds."""

        table_name = "events"


class Acknowledgement(Table):
    """Somebody has seen an alert."""

    seq = BigIntegerField(primary_key=True)
    by = CharField()
    at = TimeField()

    class Meta:
        """Named as what it holds."""

        table_name = "acknowledgements"


class DeviceRow(Table):
    """A device as last shown: its own fields as JSON, and beside them what only HomeGuard knows.

    A removed device keeps its row, so that a snapshot can name it. `heard` says whether it has spoken since it was
    added; `look_at` is when time alone may change its presence; `named` what an admin calls it, and what it does.
    """

    id = CharField(primary_key=True)
    fields = TextField()
    shown_block = TextField()
    first_seen_at = TimeField()
    last_seen_at = TimeField()
    updated_seq = BigIntegerField(index=True)
    removed = BooleanField(default=False)
    heard = BooleanField(default=True)
    presence = TextField(null=True)
    look_at = TimeField(null=True)
    named = TextField(null=True)

    class Meta:
        """Named as what it holds."""

        table_name = "devices"


class BlockRow(Table):
    """The wished block of a device and what enforcers reported of it."""

    device_id = CharField(primary_key=True)
    desired = BooleanField()
    reason = TextField(null=True)
    by = CharField(null=True)
    since = TimeField(null=True)
    until = TimeField(null=True, index=True)
    command_id = CharField(null=True)
    reports = TextField()

    class Meta:
        """Named as what it holds."""

        table_name = "blocks"


class AccountRow(Table):
    """A device that HomeGuard has given an account at the broker; the password is known to nobody but the device."""

    device_id = CharField(primary_key=True)
    made_at = TimeField()
    made_by = CharField()

    class Meta:
        """Named as what it holds."""

        table_name = "accounts"


class EnforcerRow(Table):
    """An enforcer that has ever said that it is there; a wish waits for each of them until it is forgotten."""

    name = CharField(primary_key=True)
    kind = CharField()
    is_online = BooleanField()
    since = TimeField()

    class Meta:
        """Named as what it holds."""

        table_name = "enforcers"


class RejectRow(Table):
    """A message that could not be read: the first 1 KiB of it, and why."""

    id = AutoField()
    at = TimeField()
    topic = TextField()
    reason = TextField()
    field = CharField(null=True)
    payload = BlobField()
    payload_bytes = IntegerField()

    class Meta:
        """Named as what it holds."""

        table_name = "rejects"


class SpoofingRow(Table):
    """Somebody who names another in their messages: when an alert said so last, and how often since.

    `claimed` is empty for all those that one sender claimed beyond a limit.
    """

    sender = CharField()
    claimed = CharField()
    told_at = TimeField()
    untold = BigIntegerField()

    class Meta:
        """Named as what it holds."""

        table_name = "spoofings"
        primary_key = CompositeKey("sender", "claimed")


class Receipt(Table):
    """Digests of the messages that one transaction took in, whatever became of them; kept for an hour."""

    id = AutoField()
    at = TimeField(index=True)
    digests = BlobField()

    class Meta:
        """Named as what it holds."""

        table_name = "receipts"


class NumberingRow(Table):
    """One numbering of a publisher's alerts: the highest number that came, and what is missing below it.

    `missing` is a JSON list of [first, last], null where nothing is.
    """

    sender = CharField()
    boot = CharField()
    highest = BigIntegerField()
    missing = TextField(null=True)
    heard_at = TimeField()

    class Meta:
        """Named as what it holds."""

        table_name = "numberings"
        primary_key = CompositeKey("sender", "boot")


class OutboxRow(Table):
    """A message that HomeGuard has decided to publish and that the broker has not yet acknowledged."""

    id = AutoField()
    topic = TextField()
    payload = BlobField()
    retain = BooleanField()
    created_at = TimeField()

    class Meta:
        """Named as what it holds."""

        table_name = "outbox"
