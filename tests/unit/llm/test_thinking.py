"""What a reasoning model thinks aloud is not said, wherever its stream is cut."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.llm.thinking import Thoughts


def said(pieces: Iterable[str]) -> str:
    thoughts = Thoughts()
    return "".join([*(thoughts.feed(piece) for piece in pieces), thoughts.end()])


CASES = [
    ("The heart is normal.", "The heart is normal."),
    ("<think>Is it?</think>\n\nThe heart is normal.", "The heart is normal."),
    ("<THINK>Is it?</Think>Normal.", "Normal."),
    ("\n<think>a < b</think> Normal.", "\nNormal."),
    ("Normal. <think>Sure?</think> Quite.", "Normal. Quite."),
    ("<think>One</think><think>two</think>\nNormal.", "Normal."),
    ("<think></think>Normal.", "Normal."),
    ("<think>never ends", ""),
    ("<think>never ends</thin", ""),
    ("x < 3 mm, <thin lines", "x < 3 mm, <thin lines"),
    ("<<think>a</think>b", "<b"),
    ("no </think> here", "no </think> here"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "answer"), CASES)
def test_a_thought_is_not_part_of_the_answer(text: str, answer: str) -> None:
    assert said([text]) == answer


@pytest.mark.parametrize(("text", "answer"), CASES)
def test_nor_is_it_when_it_comes_letter_by_letter(text: str, answer: str) -> None:
    assert said(text) == answer


@given(st.lists(st.text("<think/> ab\n", max_size=12) | st.sampled_from(["<think>", "</think>", "<thi", "nk>"])))
def test_where_the_stream_is_cut_makes_no_difference(pieces: list[str]) -> None:
    assert said(pieces) == said(["".join(pieces)])


def test_a_plain_piece_is_not_held_back() -> None:
    assert Thoughts().feed("The heart is normal.") == "The heart is normal."
