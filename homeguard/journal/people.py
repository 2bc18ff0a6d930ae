"""The tables of who may come in: users, their sign-ins, tokens that were ended early, and what they did."""

from peewee import AutoField, CharField, ForeignKeyField, TextField

from homeguard.journal.models import Table, TimeField


class UserRow(Table):
    """Somebody who may sign in."""

    id = AutoField()
    username = CharField(unique=True)
    password_hash = TextField()
    role = CharField()
    channels = CharField(default="alerts,devices")
    created_at = TimeField()

    class Meta:
        """Named as what it holds."""

        table_name = "users"


class SessionRow(Table):
    """One sign-in: the hash of the refresh token that is good now, of the one it replaced, and when that was.

    `successor_salt` and the replaced token make the one that is good now.
    """

    id = CharField(primary_key=True)
    user = ForeignKeyField(UserRow, backref="sessions", on_delete="CASCADE")
    refresh_hash = CharField(unique=True)
    replaced_hash = CharField(null=True, index=True)
    replaced_at = TimeField(null=True)
    successor_salt = CharField(null=True)
    created_at = TimeField()
    expires_at = TimeField()
    revoked_at = TimeField(null=True)
    client = TextField()
    address = CharField(null=True)
    seen_at = TimeField(null=True)

    class Meta:
        """Named as what it holds."""

        table_name = "sessions"


class RevokedTokenRow(Table):
    """A token of an identity provider that was ended before its time, until nobody would take it anyway."""

    id = CharField(primary_key=True)
    until = TimeField(index=True)

    class Meta:
        """Named as what it holds."""

        table_name = "revoked_tokens"


class AuditRow(Table):
    """Somebody did something; `details` is a JSON object."""

    id = AutoField()
    at = TimeField(index=True)
    action = CharField()
    by = CharField(null=True)
    address = CharField(null=True)
    target = CharField(null=True)
    details = TextField()

    class Meta:
        """Named as what it holds."""

        table_name = "audit"
