"""`/api/users`: who may sign in."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth.identity import Role
from api.problems import responses
from api.rest.models.users import NewUser, UserChange, Users, UserView
from api.rest.parameters import Caller, Shared, described
from api.services import users
from homeguard.clock import to_rfc3339
from homeguard.events import listed
from homeguard.journal.users import USERNAME_PATTERN, User

router = APIRouter(prefix="/users", tags=["users"])

Name = Annotated[str, Path(alias="username", examples=["grandma"], json_schema_extra=described(USERNAME_PATTERN))]


@router.get("", summary="List users", response_model=Users, responses=responses(401, 403, 503))
async def list_users(context: Shared, caller: Caller) -> Users:
    """Read every user, ascending by name."""
    return Users(items=[_view(user) for user in await users.list_users(context, caller)])


@router.post(
    "",
    summary="Add a user",
    status_code=201,
    response_model=UserView,
    responses=responses(400, 401, 403, 409, 413, 415, 422, 503),
)
async def add_user(context: Shared, caller: Caller, body: NewUser) -> UserView:
    """Let somebody sign in."""
    return _view(await users.add_user(context, caller, body.username, body.password, body.role, body.channels))


@router.patch(
    "/{username}",
    summary="Change a user",
    response_model=UserView,
    responses=responses(400, 401, 403, 404, 409, 413, 415, 422, 503),
)
async def change_user(context: Shared, caller: Caller, username: Name, body: UserChange) -> UserView:
    """Change a role, channels or a password; this signs the user out everywhere.

    Your own password you may change yourself.
    """
    user = await users.change_user(
        context,
        caller,
        username,
        role=body.role,
        channels=body.channels,
        password=body.password,
        current_password=body.current_password,
    )
    return _view(user)


@router.delete("/{username}", summary="Remove a user", status_code=204, responses=responses(401, 403, 404, 409, 503))
async def remove_user(context: Shared, caller: Caller, username: Name) -> None:
    """Remove a user; this signs them out everywhere. The last admin stays."""
    await users.remove_user(context, caller, username)


def _view(user: User) -> UserView:
    return UserView(
        username=user.username,
        role=Role(user.role),
        channels=listed(user.channels),
        created_at=to_rfc3339(user.created_at),
    )
