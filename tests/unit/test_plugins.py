from __future__ import annotations

import pytest

from service.domain.errors import ConfigurationError
from service.plugins import load, names

NOT_A_BUILDER = 1


def build(options: dict[str, str]) -> str:
    return options["word"]


def test_a_built_in_is_found_by_its_name() -> None:
    assert load("cxr.llm", "narrator")({}).name == "narrator"
    assert {"narrator", "openai", "local"} <= set(names("cxr.llm"))


def test_what_is_not_installed_is_found_by_module_and_attribute() -> None:
    assert load("cxr.llm", f"{__name__}:build")({"word": "built"}) == "built"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gpt", "known: .*narrator"),
        ("", "There is no plug"),
        ("no.such.module:build", "cannot be loaded"),
        (f"{__name__}:nothing", "cannot be loaded"),
        (f"{__name__}:NOT_A_BUILDER", "is not a function"),
    ],
)
def test_a_plug_that_is_none_is_a_wrong_setting_that_says_why(name: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        load("cxr.llm", name)


def test_names_are_sorted_and_none_where_the_group_is_unknown() -> None:
    assert names("cxr.llm") == sorted(names("cxr.llm"))
    assert names("cxr.nothing") == []
