"""Versions over HTTP: ``ETag`` on every report, ``If-Match`` on every change (RFC 9110 8.8.3 and 13.1.1)."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header, Response

from service.domain.errors import Unconditional
from service.domain.report import Report

IfMatch = Annotated[
    str | None, Header(max_length=200, description='The version that was changed, as its ETag said: "3"')
]
_TAG = re.compile(r'(?:^|,)[ \t]*"(\d{1,9})"[ \t]*(?=,|$)')


def tag_of(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def tag(response: Response, report: Report) -> None:
    """Tell the version; nobody may keep the answer without asking whether it is the present one."""
    response.headers["ETag"] = tag_of(report.version)
    response.headers["Cache-Control"] = "private, no-cache"


def versions_in(header: str) -> frozenset[int]:
    """Return the versions that a header names; a weak tag, or one that is none of ours, names none."""
    return frozenset(int(number) for number in _TAG.findall(header))


def required(header: str | None) -> frozenset[int]:
    """Return the versions. Raises Unconditional where none is asked for, or any ("*")."""
    if header is None or header.strip() in {"", "*"}:
        raise Unconditional(
            'Say which version you changed: send its ETag as If-Match, such as If-Match: "3". Nothing was stored.'
        )
    return versions_in(header)
