"""Which devices have spoken, what is known of their presence, whom an admin has named, and who claims to be another."""


def up(migrator, db):
    # Who is known by now has spoken; a device that is made by hand has not.
    db.execute_sql('ALTER TABLE "devices" ADD COLUMN "heard" BOOLEAN NOT NULL DEFAULT TRUE')
    db.execute_sql('ALTER TABLE "devices" ADD COLUMN "presence" TEXT')
    db.execute_sql('ALTER TABLE "devices" ADD COLUMN "look_at" TEXT')
    db.execute_sql('ALTER TABLE "devices" ADD COLUMN "named" TEXT')
    # Housekeeping asks every second whose presence time has changed, and as a rule it is nobody's.
    db.execute_sql('CREATE INDEX "devices_look_at" ON "devices" ("look_at") WHERE "look_at" IS NOT NULL')
    # Who came within a minute is counted for each newcomer.
    db.execute_sql('CREATE INDEX "devices_first_seen_at" ON "devices" ("first_seen_at")')
    db.execute_sql(
        'CREATE TABLE "spoofings" ("sender" VARCHAR(255) NOT NULL, "claimed" VARCHAR(255) NOT NULL, '
        '"told_at" TEXT NOT NULL, "untold" BIGINT NOT NULL, PRIMARY KEY ("sender", "claimed"))'
    )
