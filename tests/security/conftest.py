"""A home of REST alone, as tests/api has it, for what crosses rooms."""

from tests.api.conftest import admin, app, client, clock, context, home, passwords, settings, sign_in
from tests.doors.conftest import open_house

__all__ = ["admin", "app", "client", "clock", "context", "home", "open_house", "passwords", "settings", "sign_in"]
