"""Translates errors to `application/problem+json` (RFC 9457), in one table, for every door that speaks HTTP."""

import json
import logging
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from homeguard.errors import (
    BadCredentials,
    BadFields,
    BadInput,
    Conflict,
    FieldError,
    HomeGuardError,
    Misdirected,
    NotAllowed,
    NotAvailable,
    NotFound,
    TokenExpired,
    TooMany,
    Unavailable,
)

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
MAX_BODY_BYTES: Final = 64 * 1024  # what a device may publish is the largest thing anybody needs to say
RETRY_AFTER_SECONDS: Final = 5  # a database that is busy or restarting is back by then

_TABLE: Final[dict[type[Exception], tuple[int, str]]] = {
    BadInput: (422, "bad-input"),
    NotFound: (404, "not-found"),
    Conflict: (409, "conflict"),
    NotAllowed: (403, "not-allowed"),
    Misdirected: (421, "misdirected"),
    BadCredentials: (401, "bad-credentials"),
    TokenExpired: (401, "token-expired"),
    TooMany: (429, "too-many"),
    NotAvailable: (501, "not-available"),
    Unavailable: (503, "unavailable"),
}
_NAMES_BY_STATUS: Final = {400: "bad-json", 404: "not-found", 405: "bad-method", 413: "body-too-large"}
_TITLES: Final = {
    "bad-credentials": "Sign in first",
    "bad-input": "What was sent cannot be accepted",
    "bad-json": "The body cannot be read",
    "bad-method": "Not with this method",
    "body-too-large": "The body is too large",
    "conflict": "It contradicts what is stored",
    "internal": "HomeGuard failed",
    "misdirected": "Not the name of this HomeGuard",
    "not-allowed": "You may not do this",
    "not-available": "Not as this HomeGuard is set up",
    "not-found": "There is no such thing",
    "not-json": "The body is not JSON",
    "token-expired": "The token has expired",
    "too-many": "Too many",
    "unavailable": "Not now",
}
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_PROBLEM_REFERENCE: Final = "#/components/schemas/Problem"
_TOO_MANY: Final[dict[str, Any]] = {  # any call; the limits stand before what an endpoint knows
    "description": HTTPStatus.TOO_MANY_REQUESTS.phrase,
    "headers": {
        "Retry-After": {"description": "Seconds after which it makes sense again.", "schema": {"type": "integer"}}
    },
    "content": {MEDIA_TYPE: {"schema": {"$ref": _PROBLEM_REFERENCE}}},
}
_FASTAPIS_REFERENCE: Final = "#/components/schemas/HTTPValidationError"


class FieldProblem(BaseModel):
    """One wrong field."""

    field: str = Field(examples=["minutes"])
    message: str = Field(examples=["Input should be greater than or equal to 1"])


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(examples=["urn:homeguard:problem:bad-input"], description="Stable: programs compare this one.")
    title: str = Field(examples=["What was sent cannot be accepted"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["minutes: Input should be greater than or equal to 1"])
    errors: list[FieldProblem] | None = Field(default=None, description="Each wrong field, where fields are known.")


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare the problems that an endpoint may answer with, for its OpenAPI description."""
    return {status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in sorted(statuses)}


def problem(
    status: int,
    name: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write a problem as a response."""
    content: dict[str, Any] = {
        "type": f"urn:homeguard:problem:{name}",
        "title": _TITLES.get(name) or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        content["errors"] = [{"field": error.field, "message": error.message} for error in errors]
    return Response(json.dumps(content), status, headers, MEDIA_TYPE)  # can escape whatever text a client sent


def response_for(error: HomeGuardError) -> Response:
    """Translate one of our own errors; what no client can cause or cure is a 500."""
    for kind in type(error).__mro__:
        if kind in _TABLE:
            status, name = _TABLE[kind]
            return problem(status, name, str(error), _fields_of(error), _headers_of(error))
    logger.error("api: %s", error, exc_info=error)
    return problem(500, "internal", "HomeGuard failed on this request; its log says why")


def _fields_of(error: HomeGuardError) -> Sequence[FieldError]:
    if isinstance(error, BadFields):
        return error.errors
    if isinstance(error, BadInput) and error.field is not None:
        return [FieldError(error.field, error.message)]
    return []


def _headers_of(error: HomeGuardError) -> dict[str, str]:
    if isinstance(error, BadCredentials):
        return {"WWW-Authenticate": "Bearer"}  # RFC 6750 section 3
    if isinstance(error, Unavailable):
        return {"Retry-After": str(RETRY_AFTER_SECONDS)}
    if isinstance(error, TooMany):
        return {"Retry-After": str(math.ceil(error.retry_after_seconds))}
    return {}


def install(app: FastAPI) -> None:
    """Make the application answer every refusal with a problem, and refuse bodies that are too large.

    The application must not have a `max_body_size` of its own: FastAPI's limit answers with plain text.
    """
    app.add_exception_handler(HomeGuardError, _on_our_own)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_unexpected)
    app.add_middleware(BodyLimit)
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        return app.openapi_schema or _with_problem_media_type(describe())

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


async def _on_our_own(_: Request, error: Exception) -> Response:
    assert isinstance(error, HomeGuardError)
    return response_for(error)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    for found in error.errors():
        if found["type"] == "json_invalid":
            return problem(400, "bad-json", _where(error.body, found["loc"][-1], found["ctx"]["error"]))
        if isinstance(error.body, bytes):
            sent = request.headers.get("content-type", "no Content-Type")[:100]
            return problem(415, "not-json", f"the body must have Content-Type: application/json, not {sent}")
    return response_for(BadFields([FieldError(_name(found["loc"]), _message(found)) for found in error.errors()]))


def _where(text: str, position: int, complaint: str) -> str:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return f"the body is not JSON: {complaint} at line {line} column {column}"


def _name(location: Sequence[str | int]) -> str:
    """Name a field as the sender does: without saying that it was in the body, the path or the query."""
    return ".".join(str(part) for part in location[1:]) or str(location[0])


def _message(found: Mapping[str, Any]) -> str:
    match found["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is not a field of this request"
        case "value_error":
            return str(found["ctx"]["error"])
    return str(found["msg"])


async def _on_http(request: Request, error: Exception) -> Response:
    """Translate what Starlette and FastAPI raise themselves."""
    assert isinstance(error, HTTPException)
    detail, headers = error.detail, error.headers
    match error.status_code, error.__cause__:
        case 400, UnicodeDecodeError() as cause:
            detail = f"the body is not {cause.encoding.upper()}: {cause.reason} at byte {cause.start}"
        case 400, RecursionError():
            detail = "the body is nested too deep"
        case 404, _:
            detail = f"there is nothing at {request.url.path[:200]}"
        case 405, _:
            detail = f"{request.url.path[:200]} does not take {request.scope.get('method')}"
            headers = {"Allow": ", ".join(_methods_at(request))}
    name = _NAMES_BY_STATUS.get(error.status_code, f"http-{error.status_code}")
    return problem(error.status_code, name, str(detail), headers=headers)


def _methods_at(request: Request) -> list[str]:
    """Tell every method that the path takes (RFC 9110 section 10.2.1); Starlette tells those of its first route."""
    scopes = [{**request.scope, "method": method} for method in _METHODS]
    routes = request.app.routes
    return [scope["method"] for scope in scopes if any(route.matches(scope)[0] is Match.FULL for route in routes)]


async def _on_unexpected(_: Request, __: Exception) -> Response:
    """Answer for a fault of ours; Starlette raises it again afterwards, so the server logs it."""
    return problem(500, "internal", "HomeGuard failed on this request; its log says why")


class BodyLimit:
    """Refuses bodies over `MAX_BODY_BYTES`: at once where the length is declared, else as soon as they are over."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the application to protect."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI asks for."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
            await _too_large()(scope, receive, send)
            return
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES:
                raise HTTPException(413, f"the body has more than {MAX_BODY_BYTES} bytes", {"Connection": "close"})
            return message

        await self._app(scope, limited, send)


def _too_large() -> Response:
    detail = f"the body has more than {MAX_BODY_BYTES} bytes"
    return problem(413, "body-too-large", detail, headers={"Connection": "close"})  # the rest is not read


def _with_problem_media_type(document: dict[str, Any]) -> dict[str, Any]:
    """Say of problems what their media type is, where FastAPI takes the good answer's; a 422 is one, a 429 may be."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                content = response.get("content", {})
                reference = content.get("application/json", {}).get("schema", {}).get("$ref")
                if reference in (_PROBLEM_REFERENCE, _FASTAPIS_REFERENCE):
                    del content["application/json"]
                    content[MEDIA_TYPE] = {"schema": {"$ref": _PROBLEM_REFERENCE}}
    for path, operations in document["paths"].items():
        if path.startswith("/api/"):
            for operation in operations.values():
                operation["responses"]["429"] = _TOO_MANY
    schemas = document.get("components", {}).get("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document
