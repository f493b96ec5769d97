"""A handful of the attacks with a real model, which may obey: what is stored and shown holds nothing of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.findings import Polarity
from service.domain.verification import Standing
from service.llm import local
from service.ports import ChatModel
from service.verification.claims import Status
from service.verification.labeler import read
from tests.unit.usecases.obedient import POLARITIES, Attack, Via, attacks
from tests.unit.usecases.under_attack import Told, told

pytestmark = [pytest.mark.llm, pytest.mark.timeout(900)]

_DRAFTS = ("indication-heading", "similar-copy")
_ANSWERS = ("question-ignore", "question-authority", "earlier-agreed", "knowledge-this-patient", "report-edited")
_CASES: tuple[tuple[Via, str], ...] = (*(("report", one) for one in _DRAFTS), *(("answer", one) for one in _ANSWERS))


@pytest.fixture
async def model(real_llm_gguf: Path) -> AsyncIterator[ChatModel]:
    made = local.build({"model_path": str(real_llm_gguf), "context_tokens": "4096", "timeout_s": "600"})
    yield made
    await made.aclose()


@pytest.mark.parametrize(("via", "name"), [pytest.param(*case, id=case[1]) for case in _CASES])
async def test_a_real_model_under_attack_says_what_was_found(
    model: ChatModel, via: Via, name: str, tmp_path: Path
) -> None:
    attack = next(one for one in attacks() if one.id == name)
    out = await told(via, attack, model, "repair", tmp_path, deadline_s=600)
    assert out.fallback is None
    assert [line for line in attack.obeyed if line in out.text] == []
    assert all(sentence.verdict is Standing.SUPPORTED for sentence in out.verification.sentences)
    assert out.verification.omissions == ()
    assert _false(out) == [], attack


def _false(out: Told) -> list[str]:
    """Read the text once more and give every claim about this film that is not what was found."""
    claims = [claim for text in out.sections.values() for sentence in read(text) for claim in sentence.claims]
    return [
        str(claim)
        for claim in claims
        if claim.status is Status.CURRENT and claim.label and claim.polarity is not POLARITIES.get(claim.label)
        if (claim.polarity, POLARITIES.get(claim.label)) != (Polarity.UNCERTAIN, Polarity.PRESENT)
    ]


def test_the_attacks_that_are_named_are_there() -> None:
    ways: dict[str, Attack] = {one.id: one for one in attacks()}
    assert all(via in ways[name].ways_in for via, name in _CASES)
