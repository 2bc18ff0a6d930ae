"""A server with an identity provider, and the tokens that the provider gives."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.api.provider import ISSUER, token_of
from tests.api.real_server import RealServer, real_server
from tests.clock import ManualClock


class Home:
    """A server with a provider, and the tokens that the provider gives."""

    def __init__(self, server: RealServer, clock: ManualClock) -> None:
        self.server = server
        self.clock = clock

    def token(self, kind: str = "RS256", **changed: Any) -> str:
        return token_of(self.clock().timestamp(), kind, **changed)

    async def me(self, token: str) -> dict[str, Any]:
        async with self.server.browser() as client:
            answer = await client.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})
        return dict(answer.json()) | {"status": answer.status_code}

    async def sign_out(self, token: str) -> int:
        async with self.server.browser() as client:
            return (await client.post("/api/auth/logout", headers={"Authorization": f"Bearer {token}"})).status_code


@asynccontextmanager
async def home_with(tmp_path: Path, clock: ManualClock, **settings: Any) -> AsyncIterator[Home]:
    async with real_server(tmp_path, clock, oidc_issuer=ISSUER, **settings) as server:
        await server.add("ann")
        yield Home(server, clock)
