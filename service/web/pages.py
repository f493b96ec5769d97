"""The page at ``/``: static files of this package, no build step, no third-party script."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Header, Path, Response

from service.domain.errors import Unknown

router = APIRouter(include_in_schema=False)

# A file whose name ends otherwise (types, notes, the checker's settings) is for developers and is not served.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_HIDDEN = {"tsconfig.json"}

# Notes stay at home: they are a third of a script. Lines keep their numbers. A "/*" within a word or a string is none.
_NOTE = re.compile(r"(?<![\"'`\w*])/\*.*?\*/|^[ \t]*//[^\n]*", re.DOTALL | re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+|[ \t]+$", re.MULTILINE)

# "blob:" because films are fetched with the caller's key and shown from memory.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",  # asked for again each time, and answered with 304 while it is the same
}


class Part(NamedTuple):
    """One file of the page, ready to be sent."""

    body: bytes
    headers: Mapping[str, str]


@router.get("/")
async def index(if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """Return the page."""
    return _answer("index.html", if_none_match)


@router.get("/page/{name:path}")
async def part(
    name: Annotated[str, Path(description="A file's path in the page's folder")],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Return a part of the page. Raises Unknown for whatever is not a file of it."""
    return _answer(name, if_none_match)


@cache
def parts() -> Mapping[str, Part]:
    """Return every file of the page by its path: what is not in here cannot be asked for, whatever its name."""
    return {name: _part(file) for name, file in _walk(files("service.web") / "page", "")}


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        elif _kind(entry.name) in _TYPES and entry.name not in _HIDDEN:
            found.append((prefix + entry.name, entry))
    return found


def _part(file: Traversable) -> Part:
    body = file.read_bytes()
    if _kind(file.name) in {".js", ".css"}:
        body = _without_notes(body.decode()).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Part(body, {**_HEADERS, "ETag": tag, "Content-Type": _TYPES[_kind(file.name)]})


def _without_notes(source: str) -> str:
    """Return a script or a sheet without its comments and indentation; no source of ours has a text of many lines."""
    return _INDENT.sub("", _NOTE.sub(lambda note: "\n" * note.group().count("\n"), source))


def _kind(name: str) -> str:
    return name[name.rfind(".") :]


def _answer(name: str, known: str | None) -> Response:
    found = parts().get(name)
    if found is None:
        raise Unknown("The page has no such part.")
    if known is not None and found.headers["ETag"] in {tag.strip().removeprefix("W/") for tag in known.split(",")}:
        return Response(status_code=304, headers=dict(found.headers))
    return Response(found.body, headers=dict(found.headers))
