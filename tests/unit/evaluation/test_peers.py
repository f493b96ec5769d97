from __future__ import annotations

import pytest

from service.evaluation import peers
from service.verification.claims import Claim

TEXT = "The heart is not enlarged. Clear lungs. Small effusion."


def test_a_peer_gets_our_mentions_by_the_words_that_a_cue_speaks_of() -> None:
    assert [(t.span.of(TEXT), t.mention.observation.name) for t in peers.targets(TEXT)] == [
        ("enlarged", "cardiomegaly"),
        ("effusion", "pleural_effusion"),
    ]


@pytest.mark.parametrize("module", ["medspacy", "negspacy"])
def test_a_peer_judges_every_mention_that_it_is_given(module: str) -> None:
    """A harness that loses the entities scores every finding 0, and flatters us."""
    pytest.importorskip(module, reason=f"left out: needs {module}, in an environment of its own")
    for build in peers.available().values():
        claims: list[Claim] = build().claims(TEXT)
        assert [(claim.observation, claim.asserted) for claim in claims] == [
            ("cardiomegaly", False),
            ("pleural_effusion", True),
        ]
