from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.findings import Label, Polarity, Zone
from service.verification.claims import Claim, RemarkKind, Status, summary
from service.verification.labeler import read
from service.verification.lexicon import UnknownLanguageError, load
from tests.unit.verification.hard_sentences import Case, cases, said
from tests.unit.verification.hard_sentences import summary as gist

CASES = cases()
MET = [case for case in CASES if case.kind != "unmet"]
UNMET = [case for case in CASES if case.kind == "unmet"]


def claims(text: str) -> list[Claim]:
    return [claim for sentence in read(text) for claim in sentence.claims]


def check(case: Case) -> None:
    got = claims(case.text)
    assert {gist(claim) for claim in got} == {(expected.about, expected.head) for expected in case.claims}
    for expected in case.claims:
        assert any(expected.fits(claim) for claim in got), (expected, [said(claim) for claim in got])


def test_there_are_at_least_300_hard_sentences_and_none_twice() -> None:
    assert len({case.text for case in CASES}) == len(CASES) >= 300


@pytest.mark.parametrize("case", MET, ids=lambda case: f"{case.kind}: {case.text}")
def test_a_hard_sentence_is_read_as_it_means(case: Case) -> None:
    check(case)


@pytest.mark.xfail(strict=True, raises=AssertionError, reason="known: docs/labeler.md, limits")
@pytest.mark.parametrize("case", UNMET, ids=lambda case: case.text)
def test_a_sentence_that_is_known_to_be_misread(case: Case) -> None:
    check(case)


def test_spans_hold_the_words_that_made_the_claim() -> None:
    text = "FINDINGS: Clear.\nThe heart is mildly enlarged. A small effusion cannot be excluded on the left."
    found = {claim.observation: claim for claim in claims(text)}
    assert found["cardiomegaly"].span.of(text) == "heart is mildly enlarged"
    assert found["pleural_effusion"].span.of(text) == "effusion"
    assert [cue.of(text) for cue in found["pleural_effusion"].cues] == ["cannot be excluded"]


def test_an_indication_asks_and_claims_nothing() -> None:
    asked, said_of_film = claims("INDICATION: Pneumonia.\nFINDINGS: Effusion.")
    assert (asked.status, said_of_film.status) == (Status.ASKED, Status.CURRENT)
    assert not asked.asserted
    assert said_of_film.asserted


def test_an_observation_beyond_the_vocabulary_is_a_claim_without_label() -> None:
    (claim,) = claims("Mild scoliosis.")
    assert (claim.label, claim.observation, claim.polarity) == (None, "spinal_curvature", Polarity.PRESENT)


def test_related_labels_say_what_else_would_support_a_claim() -> None:
    (claim,) = claims("Airspace disease.")
    assert claim.label is Label.LUNG_OPACITY
    assert Label.CONSOLIDATION in claim.related


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Opacity in the right upper lobe.", Zone.RIGHT_UPPER),
        ("Opacity in both lungs.", Zone.BILATERAL),
        ("Opacity on the right.", None),
        ("Opacity.", None),
    ],
)
def test_a_zone_needs_side_and_height(text: str, zone: Zone | None) -> None:
    (claim,) = claims(text)
    assert claim.zone is zone


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        ("A 2.3 x 1.5 cm nodule.", [(RemarkKind.MEASUREMENT, "2.3 x 1.5 cm")]),
        ("Seen on 3/4/2020.", [(RemarkKind.DATE, "3/4/2020")]),
        ("Seen on March 4, 2020.", [(RemarkKind.DATE, "March 4, 2020")]),
        ("CT is recommended.", [(RemarkKind.RECOMMENDATION, "is recommended")]),
        ("Unchanged from the prior exam.", [(RemarkKind.PRIOR, "from the prior exam")]),
        ("The heart is normal.", []),
    ],
)
def test_what_else_may_be_invented_is_remarked(text: str, remarks: list[tuple[RemarkKind, str]]) -> None:
    (sentence,) = read(text)
    assert [(remark.kind, remark.span.of(text)) for remark in sentence.remarks] == remarks


def test_a_text_says_the_strongest_that_one_of_its_sentences_says() -> None:
    said_of = summary(read("No effusion. Possible effusion. Pneumonia is not seen. History of fracture."))
    assert said_of == {Label.PLEURAL_EFFUSION: Polarity.UNCERTAIN, Label.PNEUMONIA: Polarity.ABSENT}


def test_a_language_without_lexicon_is_refused_by_name() -> None:
    with pytest.raises(UnknownLanguageError, match="xx"):
        read("Text.", language="xx")


def test_the_lexicon_is_read_once() -> None:
    assert load("en") is load("en")


@given(st.text(max_size=300))
def test_any_text_can_be_read_and_spans_lie_inside_it(text: str) -> None:
    for sentence in read(text):
        assert 0 <= sentence.span.start < sentence.span.end <= len(text)
        for claim in sentence.claims:
            assert sentence.span.start <= claim.span.start < claim.span.end <= sentence.span.end


@given(
    st.lists(st.sampled_from([case.text for case in MET]), min_size=1, max_size=4),
    st.sampled_from([" ", "\n", "\n\n- "]),
)
def test_a_sentence_means_the_same_among_others(texts: list[str], between: str) -> None:
    # A line may be wrapped: only a full stop or a blank line tells where a sentence ends.
    assume("\n\n" in between or all(text[-1] in ".?!" for text in texts[:-1]))
    text = between.join(texts)
    alone = [gist(claim) for each in texts for claim in claims(each)]
    assert [gist(claim) for claim in claims(text)] == alone or ":" in text
