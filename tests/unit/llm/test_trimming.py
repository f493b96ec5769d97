"""What is left out of a long conversation, and what never is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prompts.facts import StudyFacts
from service.llm.trimming import estimate_tokens, fitting, trim
from service.ports import ChatMessage, ChatRequest

SYSTEM = ChatMessage("system", "These are the facts: cardiomegaly 0.91.")
LAST = ChatMessage("user", "And the lungs?")


def turn(number: int, length: int = 30) -> list[ChatMessage]:
    return [
        ChatMessage("user", f"question {number} " + "q" * length),
        ChatMessage("assistant", f"answer {number} " + "a" * length),
    ]


def test_a_conversation_that_fits_is_sent_whole() -> None:
    messages = (SYSTEM, *turn(1), *turn(2), LAST)
    assert trim(messages, estimate_tokens(messages)) == messages


def test_the_oldest_turn_goes_first_and_goes_whole() -> None:
    messages = (SYSTEM, *turn(1), *turn(2), LAST)
    assert trim(messages, estimate_tokens(messages) - 1) == (SYSTEM, *turn(2), LAST)


def test_facts_and_question_stay_where_nothing_fits() -> None:
    assert trim((SYSTEM, *turn(1), LAST), 0) == (SYSTEM, LAST)


def test_an_answer_without_its_question_goes_like_a_turn() -> None:
    messages = (SYSTEM, turn(1)[1], *turn(2), LAST)
    assert trim(messages, estimate_tokens(messages) - 1) == (SYSTEM, *turn(2), LAST)


def test_no_messages_are_no_messages() -> None:
    assert trim((), 10) == ()


@given(st.lists(st.integers(0, 400), max_size=12), st.integers(0, 3000))
def test_what_is_kept_is_the_newest_and_roles_alternate(lengths: list[int], budget: int) -> None:
    turns = [message for number, length in enumerate(lengths) for message in turn(number, length)]
    kept = trim((SYSTEM, *turns, LAST), budget)
    middle = list(kept[1:-1])
    assert kept[0] == SYSTEM
    assert kept[-1] == LAST
    assert middle == turns[len(turns) - len(middle) :]
    assert [message.role for message in middle] == ["user", "assistant"] * (len(middle) // 2)
    assert not middle or estimate_tokens(kept) <= budget


def test_the_answer_has_room_in_the_context() -> None:
    messages = (SYSTEM, *turn(1), *turn(2), LAST)
    request = ChatRequest(messages, StudyFacts(()), max_tokens=100)
    assert len(fitting(request, estimate_tokens(messages) + 100)) == 6
    assert len(fitting(request, estimate_tokens(messages) + 99)) == 4


def test_messages_have_the_form_of_the_wire() -> None:
    request = ChatRequest((SYSTEM,), StudyFacts(()))
    assert fitting(request, 1000) == [{"role": "system", "content": SYSTEM.content}]


MEASURED = [  # text, tokens of five copies by Qwen2.5's tokenizer
    ("Right pleural effusion, probability 0.734, threshold 0.512; cardiomegaly 0.081.", 160),
    ("Der Herzschatten ist nicht verbreitert, keine Pleuraergüsse.", 89),
    ('{"label": "pleural_effusion", "probability": 0.734, "zone": "right_lower"}', 129),
]


def test_the_estimate_is_above_what_a_tokenizer_counts_and_below_half_as_much_again() -> None:
    for text, tokens in MEASURED:
        assert tokens <= estimate_tokens([ChatMessage("user", text * 5)]) <= 1.5 * tokens
