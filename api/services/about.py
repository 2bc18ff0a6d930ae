"""What this HomeGuard is made of."""

import asyncio
import platform

from api.auth.identity import Identity, Role
from api.context import Context
from api.licences import packages
from homeguard import __version__
from homeguard.events import JsonObject
from homeguard.health import ONLINE
from homeguard.journal.database import describe


async def read_about(context: Context, identity: Identity) -> JsonObject:
    """Tell versions, licences and how to publish by hand; a broker that is away is not waited for."""
    identity.require(Role.VIEWER)
    database = await context.journal.read(describe)
    broker = await context.broker_version() if context.health.state.broker == ONLINE else None
    licences = await asyncio.to_thread(packages)
    return {
        "version": __version__,
        "python": platform.python_version(),
        "database": database,
        "broker": broker,
        "publish_command": context.publish_command if identity.role.includes(Role.OPERATOR) else None,
        "topic_prefix": context.settings.topic_prefix,
        "epoch": context.journal.epoch,
        "licences": [package._asdict() for package in licences],
    }
