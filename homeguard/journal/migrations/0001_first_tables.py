"""The first tables. A frozen copy of the models as they were, as playhouse.migrations asks for."""

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)


def up(migrator, db):
    class Meta(Model):
        key = CharField(primary_key=True)
        value = TextField()

    class Channels(Model):
        name = CharField(primary_key=True)
        head = BigIntegerField()
        trimmed = BigIntegerField()

    class Events(Model):
        seq = BigIntegerField(primary_key=True)
        channel = CharField()
        type = CharField()
        prev = BigIntegerField()
        at = TextField()
        device_id = CharField(null=True)
        severity = CharField(null=True)
        dedupe = BlobField(null=True)
        body = TextField()

    class Acknowledgements(Model):
        seq = BigIntegerField(primary_key=True)
        by = CharField()
        at = TextField()

    class Devices(Model):
        id = CharField(primary_key=True)
        fields = TextField()
        shown_block = TextField()
        first_seen_at = TextField()
        last_seen_at = TextField()
        updated_seq = BigIntegerField(index=True)
        removed = BooleanField(default=False)

    class Blocks(Model):
        device_id = CharField(primary_key=True)
        desired = BooleanField()
        reason = TextField(null=True)
        by = CharField(null=True)
        since = TextField(null=True)
        until = TextField(null=True, index=True)
        command_id = CharField(null=True)
        reports = TextField()

    class Rejects(Model):
        id = AutoField()
        at = TextField()
        topic = TextField()
        reason = TextField()
        field = CharField(null=True)
        payload = BlobField()
        payload_bytes = IntegerField()

    class Receipts(Model):
        id = AutoField()
        at = TextField(index=True)
        digests = BlobField()

    class Users(Model):
        id = AutoField()
        username = CharField(unique=True)
        password_hash = TextField()
        role = CharField()
        created_at = TextField()

    class Sessions(Model):
        id = CharField(primary_key=True)
        user = ForeignKeyField(Users, backref="sessions", on_delete="CASCADE")
        refresh_hash = CharField(unique=True)
        replaced_hash = CharField(null=True, index=True)
        created_at = TextField()
        expires_at = TextField()
        revoked_at = TextField(null=True)
        client = TextField()

    class Outbox(Model):
        id = AutoField()
        topic = TextField()
        payload = BlobField()
        retain = BooleanField()
        created_at = TextField()

    tables = [
        Meta,
        Channels,
        Events,
        Acknowledgements,
        Devices,
        Blocks,
        Rejects,
        Receipts,
        Users,
        Sessions,
        Outbox,
    ]
    with db.bind_ctx(tables):
        db.create_tables(tables)
    # One channel is read from a cursor on; alerts are also listed by device. An id is unique only where there is one.
    db.execute_sql('CREATE INDEX "events_channel_seq" ON "events" ("channel", "seq")')
    db.execute_sql('CREATE INDEX "events_device_seq" ON "events" ("device_id", "seq")')
    db.execute_sql('CREATE UNIQUE INDEX "events_dedupe" ON "events" ("dedupe") WHERE "dedupe" IS NOT NULL')
    db.execute_sql("""INSERT INTO "channels" ("name", "head", "trimmed") VALUES ('alerts', 0, 0), ('devices', 0, 0)""")
