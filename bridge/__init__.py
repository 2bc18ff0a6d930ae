"""MQTT in and out: connection, ingest, outbox. Knows the journal, not the screens."""
