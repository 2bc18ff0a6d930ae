"""What waits retained is replaced by topic: a thousand blocks at once must not walk the outbox a thousand times."""


def up(migrator, db):
    db.execute_sql('CREATE INDEX "outbox_topic" ON "outbox" ("topic")')
