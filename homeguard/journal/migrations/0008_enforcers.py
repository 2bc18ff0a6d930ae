"""Which enforcers there are, so that a block waits for each of them."""

from peewee import BooleanField, CharField, Model, TextField


def up(migrator, db):
    class Enforcers(Model):
        name = CharField(primary_key=True)
        kind = CharField()
        is_online = BooleanField()
        since = TextField()

    with db.bind_ctx([Enforcers]):
        db.create_tables([Enforcers])
