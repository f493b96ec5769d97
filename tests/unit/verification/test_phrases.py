from __future__ import annotations

import pytest

from service.verification.phrases import Automaton, PhraseError


def found(phrases: list[str], text: str) -> list[tuple[str, tuple[str, ...]]]:
    automaton: Automaton[str] = Automaton()
    for phrase in phrases:
        automaton.add(phrase, phrase)
    words = text.split()
    return [(" ".join(words[match.start : match.end]), match.meanings) for match in automaton.find(words)]


@pytest.mark.parametrize(
    ("phrase", "texts"),
    [
        ("heart size", ["heart size"]),
        ("(right|left) lung", ["right lung", "left lung"]),
        ("small? effusion", ["effusion", "small effusion"]),
        ("(very small)? effusion", ["effusion", "very small effusion"]),
        ("(new|small)* effusion", ["effusion", "new effusion", "new small effusion", "small small effusion"]),
        ("opacit[y|ies]", ["opacity", "opacities"]),
        ("nodule[s]", ["nodule", "nodules"]),
        ("[|o]edema", ["edema", "oedema"]),
        ("(upper (lobe|zone)|apex)", ["upper lobe", "upper zone", "apex"]),
    ],
)
def test_a_phrase_matches_what_its_notation_says(phrase: str, texts: list[str]) -> None:
    for text in texts:
        assert found([phrase], text) == [(text, (phrase,))]


def test_what_is_repeated_more_than_twice_is_no_longer_one_phrase() -> None:
    assert found(["(new)* effusion"], "new new new effusion") == [("new new effusion", ("(new)* effusion",))]


def test_the_longest_phrase_wins_and_phrases_do_not_overlap() -> None:
    phrases = ["heart", "heart failure", "failure rate"]
    assert found(phrases, "heart failure rate heart") == [("heart failure", ("heart failure",)), ("heart", ("heart",))]


def test_a_phrase_of_two_entries_has_both_meanings() -> None:
    automaton: Automaton[str] = Automaton()
    automaton.add("bibasilar", "lower")
    automaton.add("bibasilar", "bilateral")
    (match,) = automaton.find(["bibasilar"])
    assert match.meanings == ("lower", "bilateral")


def test_a_phrase_that_begins_and_does_not_end_is_given_up_for_a_shorter_one() -> None:
    assert found(["free air under diaphragm", "air"], "free air under water") == [("air", ("air",))]


def test_phrases_may_be_added_after_a_search() -> None:
    automaton: Automaton[str] = Automaton()
    automaton.add("mass", "mass")
    assert list(automaton.find(["nodule"])) == []
    automaton.add("nodule", "nodule")
    assert [match.meanings for match in automaton.find(["nodule"])] == [("nodule",)]


@pytest.mark.parametrize("phrase", ["", "(right", "right)", "? lung", "* lung"])
def test_a_phrase_outside_the_notation_is_named(phrase: str) -> None:
    with pytest.raises(PhraseError):
        Automaton[str]().add(phrase, "x")
