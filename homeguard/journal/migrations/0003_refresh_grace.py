"""When a refresh token was replaced, and what makes its successor again for who comes with it once more."""


def up(migrator, db):
    db.execute_sql('ALTER TABLE "sessions" ADD COLUMN "replaced_at" TEXT')
    db.execute_sql('ALTER TABLE "sessions" ADD COLUMN "successor_salt" VARCHAR(255)')
