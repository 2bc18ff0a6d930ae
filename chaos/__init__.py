"""HomeGuard while it is being broken, and the ledger that counts: `python -m chaos`, or `make chaos`."""
