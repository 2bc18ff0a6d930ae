"""The audit only grows: nobody, an admin neither, is offered anything but reading it."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient


def test_nothing_but_reading_is_offered_of_the_audit(app: FastAPI) -> None:
    offered = {path: set(methods) for path, methods in app.openapi()["paths"].items() if "audit" in path}
    assert offered == {"/api/audit": {"get"}}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_an_admin_who_tries_is_told_so_and_the_entries_stay(admin: AsyncClient, method: str) -> None:
    before = (await admin.get("/api/audit")).json()["items"]
    assert before
    assert (await admin.request(method, "/api/audit", json={})).status_code == 405
    assert (await admin.request(method, f"/api/audit/{before[0]['id']}", json={})).status_code == 404
    assert (await admin.get("/api/audit")).json()["items"] == before
