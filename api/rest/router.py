"""Every REST resource at its place."""

from fastapi import APIRouter

from api.rest import (
    about,
    alerts,
    audit,
    auth,
    clients,
    devices,
    enforcers,
    events,
    health,
    rejects,
    sessions,
    stats,
    users,
)

_api = APIRouter(prefix="/api")
for _resource in (auth, devices, enforcers, alerts, events, stats, rejects, clients, users, sessions, audit, about):
    _api.include_router(_resource.router)

router = APIRouter()
router.include_router(_api)
router.include_router(health.router)
