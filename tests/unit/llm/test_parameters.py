"""Which parameters a server gets, once it has refused some."""

from __future__ import annotations

from dataclasses import replace

import pytest

from prompts.facts import StudyFacts
from service.llm.parameters import Parameters
from service.ports import ChatRequest

REQUEST = ChatRequest((), StudyFacts(()), max_tokens=40, temperature=0.2, seed=3)


def test_a_server_of_which_nothing_is_known_gets_them_all() -> None:
    assert Parameters().of(REQUEST) == {
        "stream_options": {"include_usage": True},
        "seed": 3,
        "temperature": 0.2,
        "max_tokens": 40,
    }


def test_no_seed_is_not_sent() -> None:
    assert "seed" not in Parameters().of(replace(REQUEST, seed=None))


@pytest.mark.parametrize("name", ["stream_options", "seed", "temperature"])
def test_a_refused_one_is_left_out_from_then_on(name: str) -> None:
    parameters = Parameters()
    assert parameters.learn(parameters.of(REQUEST), None, f"Unrecognized request argument supplied: {name}")
    assert name not in parameters.of(REQUEST)
    assert len(parameters.of(REQUEST)) == 3


def test_the_budget_of_tokens_is_renamed_and_never_left_out() -> None:
    parameters = Parameters()
    assert parameters.learn(parameters.of(REQUEST), "max_tokens", "Use 'max_completion_tokens' instead.")
    sent = parameters.of(REQUEST)
    assert sent["max_completion_tokens"] == 40
    assert "max_tokens" not in sent
    assert not parameters.learn(sent, "max_completion_tokens", "no")


def test_the_errors_own_field_goes_before_its_words() -> None:
    parameters = Parameters()
    assert not parameters.learn(parameters.of(REQUEST), "messages", "seed is fine, messages are not")


def test_another_refusal_teaches_nothing() -> None:
    parameters = Parameters()
    assert not parameters.learn(parameters.of(REQUEST), None, "bad request")
    assert len(parameters.of(REQUEST)) == 4


def test_two_requests_at_a_time_may_both_learn() -> None:
    parameters = Parameters()
    first, second = parameters.of(REQUEST), parameters.of(REQUEST)
    assert parameters.learn(first, "seed", "")
    assert parameters.learn(second, "seed", "")


def test_asking_again_comes_to_an_end() -> None:
    parameters = Parameters()
    tries = 0
    while parameters.learn(parameters.of(REQUEST), None, "stream_options seed temperature max_tokens"):
        tries += 1
    assert tries == 4
