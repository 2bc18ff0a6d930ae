"""The vocabulary of HomeGuard: events, topics, errors, settings and the journal. Imports no network library."""

__version__ = "0.1.0"
