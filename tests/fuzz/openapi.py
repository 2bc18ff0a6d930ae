"""The OpenAPI document held to the running application by schemathesis: every route, all checks, as one role."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import schemathesis
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from api.auth.identity import Role
from api.auth.password_rules import checked_password
from homeguard.errors import BadInput, Conflict
from homeguard.journal.intake import store
from homeguard.journal.sessions import open_session
from homeguard.journal.users import add_user
from tests.fuzz.home import Home
from tests.journal.intake import RULES, received

# Who is no admin proves the present password; a schema cannot ask for a field of some callers only. Every check runs
# but `max_response_time`, which needs a limit, and time on a shared box is for the benchmarks.
OWN_PASSWORD: Final = "PATCH /api/users/{username}"
REFUSED: Final = "positive_data_acceptance"


@dataclass
class Outcome:
    """How many requests were answered how, and what was wrong with them."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def try_document(home: Home, role: Role | None, examples: int, *, is_repeatable: bool = False) -> Outcome:
    """Try each operation with `examples` inputs beside those that the document itself suggests, valid and not."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", home.app.rest)
    schema.config.generation.update(
        max_examples=examples,
        deterministic=is_repeatable,
        database="none",
        no_shrink=True,  # what failed is told as it was
        allow_x00=False,  # a schema cannot say that NUL is refused; the target `rest_query` and tests/api send it
    )
    schema.config.auth.auto_signup = False  # HomeGuard signs nobody up
    if role is not None:
        schema.auth(refresh_interval=None)(_provider(home, role))
    outcome = Outcome()
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                _count(event.recorder, role, outcome)
            case events.NonFatalError():
                outcome.failures.append(f"{event.label}: {event.value!r}")
            case events.FatalError():
                raise event.exception
    return outcome


def _count(recorder: ScenarioRecorder, role: Role | None, outcome: Outcome) -> None:
    for interaction in recorder.interactions.values():
        if interaction.response is not None:
            outcome.statuses[interaction.response.status_code] += 1
    for case_id, checks in recorder.checks.items():
        case = recorder.cases[case_id].value
        operation = case.operation.label
        for check in checks:
            is_expected = check.name == REFUSED and (
                (operation == OWN_PASSWORD and role is not Role.ADMIN) or _is_guessed_first(case.body)
            )
            if check.failure_info is not None and not is_expected:
                failure, code = check.failure_info.failure, check.failure_info.code_sample
                outcome.failures.append(f"{operation}: {check.name}: {failure.title}: {failure.message}\n  {code}")


def _is_guessed_first(body: Any) -> bool:
    """Say whether a request sets a password that our own rule refuses, which no schema can tell."""
    if not isinstance(body, dict) or not isinstance(body.get("password"), str):
        return False
    try:
        checked_password(body["password"], username=str(body.get("username", "")))
    except BadInput:
        return True
    return False


def furnish(home: Home) -> None:
    """Let there be a device, an alert and a reject: what the examples of the document name."""
    batch = [
        received("devices/cam-1", {"name": "Front camera", "status": "online"}),
        received("alerts/cam-1", {"reason": "Port scan"}),
        received("alerts", b"hello?"),
    ]
    home.run(home.context.journal.write(lambda tx: store(tx, batch, RULES)))


def _provider(home: Home, role: Role) -> type[Any]:
    """Make what signs in anew for each case: one before may have signed out, or removed the user."""
    username = f"as-{role}"

    def sign_in(tx: Any) -> str:
        with suppress(Conflict):  # where it is still there
            add_user(tx, username, "hash", role.value)
        session = open_session(tx, username, lifetime=timedelta(days=1), client="openapi").session
        return home.context.tokens.issue(username, role, session.id)[0]

    class SignIn:
        def get(self, case: Any, context: Any) -> str:
            return asyncio.run(home.context.journal.write(sign_in))

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}

    return SignIn
