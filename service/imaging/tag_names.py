"""What the attributes of a file are called (PS3.6)."""

from __future__ import annotations

from functools import cache


@cache
def tag_name(keyword: str) -> tuple[str | None, str]:
    """Return the number "(0018,0060)" and the name "KVP" of an attribute; no number for what is none of DICOM's.

    The dictionary is loaded with the first name: the web process has no other use for it, and it takes a quarter of a
    second of the start.
    """
    from pydicom.datadict import dictionary_description, tag_for_keyword  # noqa: PLC0415 - see above
    from pydicom.tag import Tag  # noqa: PLC0415

    number = tag_for_keyword(keyword)
    if number is None:
        return None, keyword
    return str(Tag(number)).replace(" ", ""), dictionary_description(number)
