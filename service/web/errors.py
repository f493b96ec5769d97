"""The one table from errors to HTTP statuses, and their form: RFC 9457 problem details."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from service.domain.errors import (
    BlobDamaged,
    Clash,
    FileRejected,
    Forbidden,
    ModelFailed,
    Rejected,
    ServiceError,
    Stale,
    TooLarge,
    TryLater,
    Unauthenticated,
    Unconditional,
    Unknown,
    UploadRejected,
)
from service.web.versions import tag_of

_log = structlog.get_logger()
REQUEST_ID = "x-request-id"

# The first class that fits counts: special before general.
STATUS: Mapping[type[ServiceError], HTTPStatus] = {
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    FileRejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    UploadRejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unconditional: HTTPStatus.PRECONDITION_REQUIRED,
    Rejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    Unknown: HTTPStatus.NOT_FOUND,
    Stale: HTTPStatus.PRECONDITION_FAILED,
    Clash: HTTPStatus.CONFLICT,
    TryLater: HTTPStatus.SERVICE_UNAVAILABLE,
    ModelFailed: HTTPStatus.BAD_GATEWAY,
    BlobDamaged: HTTPStatus.INTERNAL_SERVER_ERROR,
    ServiceError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def install(app: FastAPI) -> None:
    """Let every error leave as a problem."""
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def status_of(error: ServiceError) -> HTTPStatus:
    """Return the HTTP status of an error."""
    return next(status for kind, status in STATUS.items() if isinstance(error, kind))


def problem(error: ServiceError) -> dict[str, Any]:
    """Return the problem's members beside ``status`` and ``request_id``; also the data of an ``error`` event."""
    body: dict[str, Any] = {"type": f"/problems/{error.code}", "detail": error.detail}
    if isinstance(error, UploadRejected):
        body["files"] = [{"file_name": f.file_name, "reason": f.code, "detail": f.detail} for f in error.files]
    if isinstance(error, Stale):
        body["version"] = error.version
    return body


def answer(request: Request, error: ServiceError) -> JSONResponse:
    """Return the response that an error leaves as."""
    headers = {}
    if isinstance(error, TryLater):
        headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Stale):
        headers["ETag"] = tag_of(error.version)
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request.failed", problem=error.code)
    return respond(request, status, problem(error), headers)


def respond(
    request: Request, status: HTTPStatus, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return a problem: ``body`` holds at least its ``type`` and ``detail``."""
    request_id = getattr(request.state, "request_id", "")
    content = {"title": status.phrase, "status": status.value, "request_id": request_id, **body}
    return JSONResponse(content, status, headers, media_type="application/problem+json")


async def _service_error(request: Request, raised: Exception) -> JSONResponse:
    return answer(request, cast("ServiceError", raised))  # Starlette types every handler for Exception


async def _invalid(request: Request, raised: Exception) -> JSONResponse:
    error = cast("RequestValidationError", raised)
    # What was sent stays out of the answer and the log: it may hold patient data.
    faults = [{"where": _where(e), "what": e["msg"]} for e in error.errors()]
    detail = "; ".join(f"{'.'.join(fault['where'])}: {fault['what']}" for fault in faults)
    body = {"type": "/problems/invalid-request", "detail": f"The request is not understood: {detail}", "errors": faults}
    return respond(request, HTTPStatus.UNPROCESSABLE_ENTITY, jsonable_encoder(body))


def _where(fault: Mapping[str, Any]) -> list[str]:
    """Return the place of a fault, without the name of a field that is not ours: that, too, was sent."""
    place = fault["loc"][:-1] if fault["type"] == "extra_forbidden" else fault["loc"]
    return [str(part) for part in place]


async def _http(request: Request, raised: Exception) -> JSONResponse:
    error = cast("HTTPException", raised)
    status = HTTPStatus(error.status_code)
    code = status.phrase.lower().replace(" ", "-")
    body = {"type": f"/problems/{code}", "detail": _plain(status, str(error.detail))}
    return respond(request, status, body, error.headers)


def _plain(status: HTTPStatus, said: str) -> str:
    """Return what a caller can do about an error of the framework, which says no more than the status does."""
    return {
        HTTPStatus.BAD_REQUEST: f"The body cannot be read ({said}): send what /docs describes, JSON as UTF-8.",
        HTTPStatus.NOT_FOUND: "There is nothing at this address: /docs lists the calls.",
        HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method: the header Allow names those it takes.",
    }.get(status, said)


async def _unexpected(request: Request, _error: Exception) -> JSONResponse:
    detail = "The service failed on this request. What it had acknowledged is kept; tell the operator the request_id."
    # Starlette answers this one outside of every middleware, where nobody adds the header.
    headers = {REQUEST_ID: getattr(request.state, "request_id", "")}
    body = {"type": "/problems/internal", "detail": detail}
    return respond(request, HTTPStatus.INTERNAL_SERVER_ERROR, body, headers)
