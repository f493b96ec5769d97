"""Recognise the sections of a report that a language model wrote."""

from __future__ import annotations

import re

# A heading: the word alone or before a colon, with the marks that models like to put round it.
_HEADING = re.compile(
    r"^[#*_ \t]*(findings|impression|conclusion)[ \t]*[*_]*[ \t]*(?::|\r?$)[ \t]*[*_]*",
    re.IGNORECASE | re.MULTILINE,
)


def find_sections(text: str) -> tuple[str, str] | None:
    """Return (findings, impression) of a text with those two headings, in that order; None when it has not that form.

    "CONCLUSION" counts as impression. Text before the first heading is dropped: it is the model talking about itself.
    """
    headings = list(_HEADING.finditer(text))
    names = [heading[1].lower().replace("conclusion", "impression") for heading in headings]
    if names != ["findings", "impression"]:
        return None
    findings = text[headings[0].end() : headings[1].start()].strip()
    impression = text[headings[1].end() :].strip()
    return (findings, impression) if findings and impression else None
