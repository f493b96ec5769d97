"""From chunks to an answer, or to the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.errors import ModelFailed
from service.llm.completion import Completion
from service.llm.failures import TransientFailure
from service.ports import Delta
from tests.fake_llama import said, spoken


def complete(chunks: Sequence[object]) -> tuple[str, Delta]:
    completion = Completion("It")
    text = "".join(completion.feed(chunk) for chunk in chunks)
    return text, completion.end()


def reason(chunks: Sequence[object]) -> str:
    with pytest.raises(ModelFailed) as caught:
        complete(chunks)
    assert caught.value.detail.startswith("It ")
    return caught.value.reason


def test_a_whole_answer_ends_with_its_counts() -> None:
    text, end = complete(spoken("The heart is not enlarged."))
    assert text == "The heart is not enlarged. "
    assert end == Delta("", "stop", 7, 5)


def test_what_is_thought_aloud_is_neither_text_nor_delivered() -> None:
    completion = Completion("It")
    assert completion.feed(said("<think>Is it?</th")) == ""
    assert not completion.started
    assert completion.feed(said("ink>\n\nClear")) == "Clear"
    assert completion.started


def test_an_answer_that_ends_like_a_tag_is_whole() -> None:
    text, end = complete([said("Nodules <"), said(finish="stop")])
    assert text + end.text == "Nodules <"


def test_counts_are_unknown_where_the_server_is_silent_on_them() -> None:
    assert complete([said("Clear."), said(finish="stop")])[1] == Delta("", "stop", None, None)


def test_chunks_may_be_objects_of_the_sdk() -> None:
    piece = SimpleNamespace(content="Clear.", refusal=None)
    choice = SimpleNamespace(delta=piece, finish_reason="stop")
    assert complete([SimpleNamespace(choices=[choice], usage=None)])[0] == "Clear."


def test_only_the_first_of_several_choices_is_read() -> None:
    first, second = said("Clear.", "stop")["choices"][0], said("Or not.")["choices"][0]
    assert complete([{"choices": [first, second]}])[0] == "Clear."


def test_unknown_ways_to_finish_are_ends() -> None:
    assert complete([said("Clear.", "eos_token")])[1].finish == "stop"


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([], "empty"),
        ([said(" \n"), said(finish="stop")], "empty"),
        ([said("<think>The heart, I think, is"), said(finish="stop")], "empty"),
        ([said("The heart")], "cut"),
        ([said("The heart"), said(finish="length")], "cut"),
        ([said("The"), said(finish="content_filter")], "declined"),
        ([{"choices": [{"delta": {"refusal": "I cannot."}}]}], "declined"),
        ([said(finish="tool_calls")], "malformed"),
        ([{}], "malformed"),
        (["hello"], "malformed"),
        ([None], "malformed"),
        ([said(["a", "list"])], "malformed"),  # type: ignore[arg-type]  # what a server must not send
        ([{"error": {"message": "died"}}], "server-error"),
        ([{"error": {"code": 400, "type": "exceed_context_size_error"}}], "refused"),
    ],
)
def test_what_is_no_answer_says_why(chunks: list[Any], expected: str) -> None:
    assert reason(chunks) == expected


def test_it_knows_whether_text_was_delivered() -> None:
    completion = Completion("It")
    completion.feed(said())
    assert not completion.started
    completion.feed(said("The"))
    assert completion.started


def test_an_error_event_may_be_cured_by_another_try() -> None:
    with pytest.raises(TransientFailure):
        Completion("It").feed({"error": {"code": 503}})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["choices", "delta", "content", "finish_reason", "usage", "error"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_chunk_breaks_it(chunk: object) -> None:
    try:
        assert isinstance(Completion("It").feed(chunk), str)
    except ModelFailed as failure:
        assert failure.detail  # noqa: PT017 - either outcome is right, any other exception is not
