"""The page's files: each with its type and the policy, nothing beside them, no script nor style in markup."""

from __future__ import annotations

import json
import posixpath
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from service.web import errors, pages

MOST_BYTES = 150_000
_NOTES = re.compile(r"(?<![\"'`\w*])/\*.*?\*/|(?:^|(?<=[;{},)] ))[ \t]*// [^\n]*", re.DOTALL | re.MULTILINE)
PAGE = Path(str(files("service.web"))) / "page"


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()
    errors.install(app)
    app.include_router(pages.router)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/page/page.css", "text/css; charset=utf-8"),
        ("/page/core/api.js", "text/javascript; charset=utf-8"),
        ("/page/texts/de.json", "application/json"),
        ("/page/icon.svg", "image/svg+xml"),
    ],
)
async def test_a_part_has_its_type_and_a_policy_without_exceptions(
    client: httpx.AsyncClient, path: str, kind: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path",
    ["/page/../pages.py", "/page/%2e%2e/pages.py", "/page/..%2fpages.py", "/page//etc/passwd", "/page/tsconfig.json"],
)
async def test_nothing_else_can_be_asked_for(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_what_is_known_is_not_sent_again(client: httpx.AsyncClient) -> None:
    tag = (await client.get("/page/main.js")).headers["etag"]
    again = await client.get("/page/main.js", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.get("/page/main.js", headers={"If-None-Match": '"other"'})).status_code == 200


async def test_what_the_page_names_is_kept_for_ever_and_what_it_named_before_is_still_there(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get("/")).text
    (script,) = re.findall(r'<script type="module" src="([^"]+)"', page)
    now = await client.get(script)
    assert "immutable" in now.headers["cache-control"]
    before = await client.get(script.replace(pages.version(), "0123456789ab"))
    assert (before.status_code, before.headers["cache-control"], before.content) == (200, "no-cache", now.content)
    assert (await client.get("/")).headers["cache-control"] == "no-cache"
    assert (await client.get(f"/page/~{pages.version()}/tsconfig.json")).status_code == 404


def test_types_and_notes_stay_at_home() -> None:
    assert not [name for name in pages.parts() if name.endswith((".ts", "tsconfig.json"))]
    served = pages.parts()["core/stream.js"].body.decode()
    assert "Server-Sent" not in served
    assert "/**" not in served
    assert "export async function*events(" in served  # what other files call keeps its name


@pytest.mark.parametrize("name", [name for name in pages.parts() if name.endswith(".js")])
def test_minifying_leaves_nothing_out(name: str) -> None:
    """Names within a script may become shorter. All it reaches for, and all it says, is there as often as before."""
    source = _NOTES.sub("", (PAGE / name).read_text(encoding="utf-8"))
    served = pages.parts()[name].body.decode()
    assert _reached(served) == _reached(source)
    imported = re.findall(r"\b\w{3,}\b", " ".join(re.findall(r"^import {([^}]*)}", source, re.MULTILINE)))
    assert [one for one in imported if len(re.findall(rf"\b{one}\b", served)) < 2] == []


def test_scripts_and_styles_are_small() -> None:
    """All that index.html and the scripts themselves ask for, early or late, as it is sent, uncompressed."""
    markup = (PAGE / "index.html").read_text(encoding="utf-8")
    asked = set(re.findall(r'(?:src|href)="/page/([^"]+\.(?:js|css))"', markup))
    found: set[str] = set()
    while asked - found:
        name = (asked - found).pop()
        found.add(name)
        asked |= {_beside(name, other) for other in _asked_for(pages.parts()[name].body.decode())}
    unused = {name for name in pages.parts() if name.endswith((".js", ".css"))} - found
    assert unused == set()
    assert sum(len(pages.parts()[name].body) for name in found) < MOST_BYTES


def test_the_markup_holds_no_script_and_no_style() -> None:
    markup = (PAGE / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", markup)
    named = re.findall(r'(?:src|href)="/page/([^"]+)"', markup)
    assert named
    assert set(named) <= set(pages.parts())


def test_every_text_is_there_in_every_language() -> None:
    english, german = (
        json.loads((PAGE / "texts" / f"{name}.json").read_text(encoding="utf-8")) for name in ("en", "de")
    )
    assert english.keys() == german.keys()
    blank = re.compile(r"\{\w+\}")
    assert [k for k, text in english.items() if sorted(blank.findall(text)) != sorted(blank.findall(german[k]))] == []
    asked = {key for file in PAGE.rglob("*.js") if "viewer" not in file.parts for key in _keys(file)}
    assert asked
    assert {key for key in asked if key not in english and f"{key}.other" not in english} == set()


def _keys(file: Path) -> list[str]:
    return re.findall(r'\bt\("([\w.]+)"', file.read_text(encoding="utf-8"))


def _reached(script: str) -> Counter[str]:
    """Count properties and methods by name. A spread is none."""
    return Counter(re.findall(r"(?<!\.)\.\s*([A-Za-z_$][\w$]+)", script))


def _asked_for(script: str) -> list[str]:
    """Return the files that a minified script imports, or names as its sheet."""
    return re.findall(r'(?:from|import\(|import|new URL\()\s*"([^"]+\.(?:js|css))"', script)


def _beside(name: str, other: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), other))
