"""The page at ``/``: static files of this package, no build step, no third-party script."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal

from fastapi import APIRouter, Response
from starlette.responses import FileResponse

router = APIRouter(include_in_schema=False)

# "blob:" because films are fetched with the caller's key and shown from memory; "data:" for the empty icon.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@router.get("/")
async def index() -> Response:
    """Return the page."""
    return _file("index.html")


@router.get("/page/{name}")
async def part(name: Literal["page.css", "page.js"]) -> Response:
    """Return a part of the page."""
    return _file(name)


def _file(name: str) -> FileResponse:
    return FileResponse(str(files("service.web") / "page" / name), headers=_HEADERS)
