"""What the dashboard counts and lists is found by an index: alerts by severity, the history of one device."""


def up(migrator, db):
    # Only alerts have a severity. One device may have a million alerts and ten updates.
    db.execute_sql('CREATE INDEX "events_severity_seq" ON "events" ("severity", "seq") WHERE "severity" IS NOT NULL')
    db.execute_sql('CREATE INDEX "events_device_channel_seq" ON "events" ("device_id", "channel", "seq")')
    db.execute_sql('DROP INDEX "events_device_seq"')
