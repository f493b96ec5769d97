"""The page at ``/``: static files of this package, no build step, no third-party script."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, NamedTuple

import minify
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

# What is sent is minified when it is first asked for: the files here stay as people write and read them. A test holds
# the one against the other, because a minifier can be wrong (2.24.24 takes `void (a && b())` for nothing).
_MINIFIED = {".js": "application/javascript", ".css": "text/css"}

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
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


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
    name: Annotated[str, Path(description="A file's path in the page's folder, or below ~VERSION in it")],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Return a part of the page. Raises Unknown for whatever is not a file of it.

    What is asked for by the version that the page names never changes, and is kept by browsers without asking again. A
    page that was opened before an update, and asks by its own version, is given what there is now.
    """
    asked, _, rest = name.partition("/") if name.startswith("~") else ("", "", name)
    return _answer(rest, if_none_match, for_ever=asked == f"~{version()}")


@cache
def parts() -> Mapping[str, Part]:
    """Return every file of the page by its path: what is not in here cannot be asked for, whatever its name."""
    return {name: _part(file) for name, file in _walk(files("service.web") / "page", "")}


@cache
def version() -> str:
    """Return what names exactly these files."""
    tags = "".join(f"{name}{found.headers['ETag']}" for name, found in sorted(parts().items()))
    return hashlib.sha256(tags.encode()).hexdigest()[:12]


@cache
def _index() -> Part:
    """Return the page itself, which names its parts by their version."""
    found = parts()["index.html"]
    body = found.body.replace(b'="/page/', f'="/page/~{version()}/'.encode())
    return Part(body, {**found.headers, "ETag": _tag(body)})


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        elif _kind(entry.name) in _TYPES and entry.name not in _HIDDEN:
            found.append((prefix + entry.name, entry))
    return found


def _part(file: Traversable) -> Part:
    kind = _kind(file.name)
    body = file.read_bytes()
    if kind in _MINIFIED:
        body = minify.string(_MINIFIED[kind], body.decode()).encode()
    return Part(body, {**_HEADERS, "ETag": _tag(body), "Content-Type": _TYPES[kind]})


def _tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _kind(name: str) -> str:
    return name[name.rfind(".") :]


def _answer(name: str, known: str | None, *, for_ever: bool = False) -> Response:
    found = _index() if name == "index.html" else parts().get(name)
    if found is None:
        raise Unknown("The page has no such part.")
    headers = {**found.headers, **(_FOR_EVER if for_ever else {})}
    if known is not None and found.headers["ETag"] in {tag.strip().removeprefix("W/") for tag in known.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(found.body, headers=headers)
