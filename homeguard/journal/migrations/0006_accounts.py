"""Which devices HomeGuard has given an account at the broker."""

from peewee import CharField, Model, TextField


def up(migrator, db):
    class Accounts(Model):
        device_id = CharField(primary_key=True)
        made_at = TextField()
        made_by = CharField()

    with db.bind_ctx([Accounts]):
        db.create_tables([Accounts])
