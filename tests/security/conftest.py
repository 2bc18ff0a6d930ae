"""A home of REST alone, as tests/api has it, for what crosses rooms."""

from tests.api.conftest import admin, app, client, clock, context, home, passwords, settings, sign_in

__all__ = ["admin", "app", "client", "clock", "context", "home", "passwords", "settings", "sign_in"]
