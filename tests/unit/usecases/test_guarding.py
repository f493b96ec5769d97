"""A text under guard: what is let out, what is asked again, what the narrator says instead."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from models.findings import Finding, Label, Polarity, Region, Zone
from prompts.audience import Audience
from prompts.facts import Passage, StudyFacts
from prompts.lexicons import languages
from prompts.narrate import closing, narrate
from prompts.site import NO_SITE
from service.domain.errors import ModelFailed
from service.domain.verification import Standing
from service.llm.narrator import Narrator, report_text
from service.ports import ChatMessage, ChatRequest
from service.usecases.forms import AnswerForm, Form, ReportForm
from service.usecases.generation import FellBack, Piece, Writer
from service.usecases.guarding import Guard, Guarded, Policy
from service.verification.grounds import Grounds
from tests.fakes import FakeModel

EFFUSION = Finding(Label.PLEURAL_EFFUSION, 0.8, 0.5, uncertain=False, experts=(), region=Region(Zone.LEFT_LOWER))
PNEUMONIA = Finding(Label.PNEUMONIA, 0.45, 0.5, uncertain=True, experts=())
NO_AIR = Finding(Label.PNEUMOTHORAX, 0.02, 0.5, uncertain=False, experts=())
FACTS = StudyFacts((EFFUSION, PNEUMONIA, NO_AIR), views=("PA",))
GOOD = "FINDINGS:\nThere is a left pleural effusion. Pneumonia may be present. No pneumothorax is seen."
GOOD_END = "IMPRESSION:\n1. Left pleural effusion.\n2. Possible pneumonia."
INVENTED = "The heart is enlarged."


def report(*, findings: str = GOOD, impression: str = GOOD_END) -> str:
    return f"{findings}\n\n{impression}"


async def run(  # noqa: PLR0913 - one call a test, each by what it is about
    model: FakeModel,
    policy: Policy = "repair",
    retries: int = 1,
    *,
    facts: StudyFacts = FACTS,
    form: Form | None = None,
    question: str | None = None,
    passages: tuple[Passage, ...] = (),
    audience: Audience = Audience.CLINICIAN,
) -> tuple[list[str], Guarded]:
    """Run a generation; return the pieces since the last fall back, and its end."""
    narrator = Narrator()
    writer = Writer({"site": model, "narrator": narrator}, default="site", narrator=narrator)
    messages = (ChatMessage("system", "Write."), ChatMessage("user", "The findings."))
    request = ChatRequest(messages, facts, question=question, passages=passages, audience=audience.value)
    grounds = Grounds(facts, question, passages)
    pieces: list[str] = []
    async for event in Guard(writer, policy, retries).write(request, grounds, form or ReportForm()):
        match event:
            case Piece(text):
                pieces.append(text)
            case FellBack():
                pieces = []
            case Guarded():
                return pieces, event
    raise AssertionError


async def test_a_text_that_is_right_is_let_out_sentence_by_sentence_and_left_as_it_is() -> None:
    text = report()
    pieces, done = await run(FakeModel(*(f"{word} " for word in text.split(" "))))
    assert "".join(pieces) == text
    assert len(pieces) > 3
    assert (done.verification.repairs, done.verification.omissions) == ((), ())
    assert all(sentence.verdict is Standing.SUPPORTED for sentence in done.verification.sentences)


async def test_from_a_wrong_sentence_on_nothing_is_let_out_until_it_is_mended() -> None:
    model = FakeModel(report(findings=f"{GOOD} {INVENTED}")).then(ModelFailed("timeout", "Slow."))
    pieces, done = await run(model)
    assert pieces[0] == GOOD
    assert INVENTED not in "".join(pieces)
    assert "".join(pieces) == ReportForm().text(done.sections)


async def test_the_model_is_told_what_is_wrong_and_its_mended_sentence_is_taken() -> None:
    model = FakeModel(report(findings=f"{GOOD} There is a right pleural effusion.")).then(
        "1: The effusion is on the left."
    )
    _, done = await run(model)
    assert "The experts place it: left lower." in model.requests[1].messages[-1].content
    assert done.sections["findings"].endswith("The effusion is on the left.")
    (repair,) = done.verification.repairs
    assert (repair.by, repair.before, repair.after) == (
        "model",
        "There is a right pleural effusion.",
        "The effusion is on the left.",
    )


async def test_a_sentence_that_the_model_mends_wrongly_becomes_the_narrators() -> None:
    text = report(findings="FINDINGS:\nThere is a right pleural effusion. Pneumonia may be present.")
    _, done = await run(FakeModel(text).then("1: There is a large right effusion."))
    assert done.sections["findings"].startswith("A pleural effusion is very likely on the left, in the lower zone.")
    assert [repair.by for repair in done.verification.repairs] == ["narrator"]


async def test_a_sentence_about_nothing_that_was_found_is_taken_out() -> None:
    _, done = await run(FakeModel(report(findings=f"{GOOD} {INVENTED}")).then("1: -"))
    assert done.sections["findings"] == GOOD.removeprefix("FINDINGS:\n")
    assert [(repair.by, repair.after) for repair in done.verification.repairs] == [("model", "")]


async def test_what_is_left_out_is_added_in_the_narrators_words() -> None:
    text = "FINDINGS:\nNo pneumothorax is seen.\n\nIMPRESSION:\nPossible pneumonia."
    _, done = await run(FakeModel(text))
    assert "A pleural effusion is very likely" in done.sections["findings"]
    assert done.verification.omissions == ()
    assert [repair.complaints for repair in done.verification.repairs] == [("It was left out.",)]


async def test_a_list_is_numbered_anew_where_an_item_is_taken_out() -> None:
    text = report(impression="IMPRESSION:\n1. Cardiomegaly.\n2. Left pleural effusion.\n3. Possible pneumonia.")
    _, done = await run(FakeModel(text), retries=0)
    assert done.sections["impression"] == "1. Left pleural effusion.\n2. Possible pneumonia."


async def test_in_a_list_each_of_the_narrators_sentences_is_an_item() -> None:
    text = report(impression="IMPRESSION:\n- Left effusion and pneumonia.\n- No pneumothorax.")
    _, done = await run(FakeModel(text), retries=0)
    assert done.sections["impression"].splitlines() == [
        "- Very likely pleural effusion on the left, in the lower zone.",
        "- Pneumonia cannot be excluded.",
        "- No pneumothorax.",
    ]


async def test_a_text_of_which_nothing_is_left_is_the_narrators() -> None:
    _, done = await run(FakeModel("FINDINGS:\nThe patient is well.\n\nIMPRESSION:\nDoing great."), retries=0)
    assert ReportForm().text(done.sections) == report_text(FACTS)
    assert done.verification.omissions == ()


async def test_marked_sentences_stay_where_they_are_with_their_mark() -> None:
    pieces, done = await run(FakeModel(report(findings=f"{GOOD} {INVENTED} No pneumothorax.")), "mark")
    text = done.sections["findings"]
    assert f"{INVENTED} [not supported by the findings] No pneumothorax." in text
    assert "".join(pieces) == ReportForm().text(done.sections)
    for sentence in done.verification.sentences:
        assert done.sections[sentence.section][sentence.start : sentence.end] == sentence.text


async def test_a_refused_text_is_the_narrators_and_says_why() -> None:
    _, done = await run(FakeModel(report(findings=f"{GOOD} {INVENTED}")), "refuse")
    assert (done.written.written_by, done.written.fallback and done.written.fallback.reason) == (
        "narrator",
        "unverified",
    )
    assert ReportForm().text(done.sections) == report_text(FACTS)


async def test_a_structured_draft_is_let_out_as_its_sentences_are_complete() -> None:
    draft = {
        "findings": [
            {"text": "There is a left pleural effusion.", "labels": ["pleural_effusion"]},
            {"text": "Pneumonia may be present.", "labels": ["pneumonia"]},
        ],
        "impression": [{"text": "Left pleural effusion.", "labels": ["pleural_effusion"]}],
    }
    raw = json.dumps(draft)
    pieces, done = await run(FakeModel(*(raw[at : at + 7] for at in range(0, len(raw), 7))))
    assert pieces[0] == "FINDINGS:\nThere is a left pleural effusion."
    assert done.sections["impression"] == "1. Left pleural effusion."
    assert done.verification.repairs == ()


async def test_in_a_language_that_is_not_read_the_ids_of_the_draft_count_and_the_limit_is_said() -> None:
    draft = {
        "findings": [
            {"text": "Pleuraerguss links.", "labels": ["pleural_effusion"]},
            {"text": "Herz vergr\u00f6\u00dfert.", "labels": ["cardiomegaly"]},
            {"text": "Pneumonie m\u00f6glich.", "labels": ["pneumonia"]},
        ],
        "impression": [{"text": "Pleuraerguss.", "labels": ["pleural_effusion"]}],
    }
    _, done = await run(FakeModel(json.dumps(draft)), retries=0, facts=replace(FACTS, language="de"))
    assert "vergr\u00f6\u00dfert" not in done.sections["findings"]
    assert "Pleuraerguss links." in done.sections["findings"]
    assert any("not read" in limit for limit in done.verification.limits)


async def test_an_answer_about_something_else_is_the_narrators_answer() -> None:
    _, done = await run(FakeModel("Take aspirin."), form=AnswerForm(), question="Is there an effusion?", retries=0)
    assert "pleural effusion" in done.sections["answer"]
    assert all(sentence.verdict is Standing.SUPPORTED for sentence in done.verification.sentences)


async def test_knowledge_is_let_through_where_a_passage_says_it() -> None:
    passage = Passage("pneumothorax#mimics", "Mimics", "A skin fold can mimic a pneumothorax.")
    said = "A skin fold can mimic a pneumothorax [pneumothorax#mimics]."
    _, done = await run(FakeModel(said), form=AnswerForm(), question="What mimics it?", passages=(passage,))
    assert done.sections["answer"] == said
    assert done.verification.sentences[0].claims[0].support == ("passage:pneumothorax#mimics",)


@pytest.mark.parametrize("polarity", [Polarity.PRESENT, Polarity.ABSENT])
async def test_whatever_a_model_writes_the_text_that_is_let_out_is_supported(polarity: Polarity) -> None:
    wild = f"FINDINGS:\nIgnore the list. Effusion is {polarity}; CT in 3 days, Dr. Who.\n\nIMPRESSION:\n- Cancer."
    _, done = await run(FakeModel(wild))
    assert all(sentence.verdict is Standing.SUPPORTED for sentence in done.verification.sentences)
    assert done.verification.omissions == ()


@pytest.mark.parametrize("policy", ["repair", "mark"])
async def test_a_draft_for_a_patient_ends_with_the_word_that_a_doctor_reads_the_film(policy: Policy) -> None:
    pieces, done = await run(FakeModel(report()), policy, audience=Audience.PATIENT)
    last = closing(NO_SITE.lexicon("en", Audience.PATIENT))
    assert "doctor" in last
    assert done.sections["impression"].endswith(f"\n{last}")
    assert "".join(pieces) == ReportForm().text(done.sections)
    _, again = await run(FakeModel(ReportForm().text(done.sections)), policy, audience=Audience.PATIENT)
    assert again.sections == done.sections


@pytest.mark.parametrize("language", [language for language in languages() if language != "en"])
async def test_what_is_missing_in_a_draft_for_a_patient_is_said_in_a_patients_words(language: str) -> None:
    facts = replace(FACTS, language=language)
    whole = narrate(facts, Audience.PATIENT)
    (only,) = [line.text for line in whole.sentences["findings"] if Label.PLEURAL_EFFUSION in line.labels]
    text = f"FINDINGS:\n{only}\n\nIMPRESSION:\n{only}"
    _, done = await run(FakeModel(text), retries=0, facts=facts, audience=Audience.PATIENT)
    (missing,) = [line.text for line in whole.sentences["findings"] if Label.PNEUMONIA in line.labels]
    assert [repair.after for repair in done.verification.repairs] == [missing]
    assert done.sections["findings"] == f"{only}\n{missing}"


async def test_the_model_is_stopped_once_every_wrong_sentence_has_its_line() -> None:
    model = FakeModel(report(findings=f"{GOOD} {INVENTED}")).then("1: -", "\n", "I hope", " that this helps!")
    _, done = await run(model)
    assert INVENTED not in done.sections["findings"]
    assert [(repair.by, repair.after) for repair in done.verification.repairs] == [("model", "")]
    assert model.closed_streams == 2


async def test_the_model_is_shown_its_own_words_to_the_letter() -> None:
    text = report(findings=f"{GOOD}   {INVENTED}")
    model = FakeModel(text).then("1: -")
    await run(model)
    assert model.requests[1].messages[-2] == ChatMessage("assistant", text)


async def test_a_replacement_that_is_said_already_is_not_said_again() -> None:
    model = FakeModel(report(findings=f"{GOOD} {INVENTED}")).then("1: Pneumonia may be present.")
    _, done = await run(model)
    assert done.sections["findings"].count("Pneumonia may be present.") == 1
    assert INVENTED not in done.sections["findings"]
