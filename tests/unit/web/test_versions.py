from __future__ import annotations

import pytest

from service.domain.errors import Unconditional
from service.web.versions import required, tag_of, versions_in


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        ('"3"', {3}), ('"3", "4"', {3, 4}), (' "3" ', {3}), ('"3","4" ,"x"', {3, 4}),
        ('W/"3"', set()), ("3", set()), ('"3', set()), ('"-3"', set()), ('"x"', set()), ('"3" "4"', set()),
        ('"99999999999999999999"', set()),
    ],
)  # fmt: skip
def test_a_header_names_the_versions_of_its_strong_tags(header: str, versions: set[int]) -> None:
    assert required(header) == versions_in(header) == versions


@pytest.mark.parametrize("header", [None, "", "*", " * "])
def test_a_change_of_whatever_there_is_is_refused(header: str | None) -> None:
    with pytest.raises(Unconditional):
        required(header)


def test_a_tag_is_read_back() -> None:
    assert versions_in(tag_of(7)) == {7}
