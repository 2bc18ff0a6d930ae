"""Who did what; which channels a user may read; where a sign-in came from and when it was last used."""

from peewee import AutoField, CharField, Model, TextField


def up(migrator, db):
    class Audit(Model):
        id = AutoField()
        at = TextField(index=True)
        action = CharField()
        by = CharField(null=True)
        address = CharField(null=True)
        target = CharField(null=True)
        details = TextField()

    with db.bind_ctx([Audit]):
        db.create_tables([Audit])
    db.execute_sql('CREATE INDEX "audit_action_id" ON "audit" ("action", "id")')
    db.execute_sql('CREATE INDEX "audit_by_id" ON "audit" ("by", "id")')
    db.execute_sql("""ALTER TABLE "users" ADD COLUMN "channels" VARCHAR(255) NOT NULL DEFAULT 'alerts,devices'""")
    db.execute_sql('ALTER TABLE "sessions" ADD COLUMN "address" VARCHAR(255)')
    db.execute_sql('ALTER TABLE "sessions" ADD COLUMN "seen_at" TEXT')
