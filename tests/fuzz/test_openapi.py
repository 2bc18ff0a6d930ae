"""The OpenAPI document tells the truth: nobody, viewer, operator and admin get what it says, whatever they send."""

import os
from collections.abc import Iterator

import pytest

from api.auth.identity import Role
from tests.fuzz.home import Home, close_home, home
from tests.fuzz.openapi import furnish, try_document

# For each operation, beside the cases that the document itself suggests; `make fuzz` asks for more.
EXAMPLES = int(os.environ.get("OPENAPI_EXAMPLES", "5"))
IS_REPEATABLE = "CI" in os.environ  # a red build is then the change's fault

MUST_SUCCEED = {None: {200, 204}, Role.VIEWER: {200}, Role.OPERATOR: {200, 204}, Role.ADMIN: {200, 201, 204}}


@pytest.fixture(scope="module")
def furnished() -> Iterator[Home]:
    furnish(home())
    yield home()
    close_home()


@pytest.mark.timeout(120 * EXAMPLES)
@pytest.mark.filterwarnings("ignore")  # of schemathesis and the test client under it, not of ours
@pytest.mark.parametrize("role", MUST_SUCCEED, ids=lambda role: role or "nobody")
def test_every_answer_is_as_the_document_says(role: Role | None, furnished: Home) -> None:
    outcome = try_document(furnished, role, EXAMPLES, is_repeatable=IS_REPEATABLE)
    assert not outcome.failures, "\n".join(outcome.failures)
    assert not [status for status in outcome.statuses if status >= 500]
    assert MUST_SUCCEED[role] <= outcome.statuses.keys()
