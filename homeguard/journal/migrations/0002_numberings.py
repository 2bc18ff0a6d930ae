"""Which numbers of a publisher's alerts have come, and which are missing."""

from peewee import BigIntegerField, CharField, CompositeKey, Model, TextField


def up(migrator, db):
    class Numberings(Model):
        sender = CharField()
        boot = CharField()
        highest = BigIntegerField()
        missing = TextField(null=True)
        heard_at = TextField()

        class Meta:
            primary_key = CompositeKey("sender", "boot")

    with db.bind_ctx([Numberings]):
        db.create_tables([Numberings])
    # Housekeeping asks every second whether something is missing, and as a rule nothing is.
    db.execute_sql('CREATE INDEX "numberings_missing" ON "numberings" ("sender") WHERE "missing" IS NOT NULL')
