"""Tokens of an identity provider that were ended before their time."""

from peewee import CharField, Model, TextField


def up(migrator, db):
    class RevokedTokens(Model):
        id = CharField(primary_key=True)
        until = TextField(index=True)

        class Meta:
            table_name = "revoked_tokens"

    with db.bind_ctx([RevokedTokens]):
        db.create_tables([RevokedTokens])
