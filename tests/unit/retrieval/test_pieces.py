from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.retrieval.pieces import pieces

TEXTS = st.lists(st.lists(st.sampled_from(["one", "two.", "three", "Four!", "\u00e9"]), max_size=30).map(" ".join)).map(
    "\n".join
)


@given(TEXTS, st.integers(1, 12))
def test_no_word_is_lost_and_no_piece_too_long(text: str, most: int) -> None:
    found = list(pieces(text, most))
    assert " ".join(found).split() == text.split()
    assert all(0 < len(piece.split()) <= most for piece in found)


def test_short_paragraphs_share_a_piece_and_whole_ones_are_kept() -> None:
    assert list(pieces("One two.\nThree.\nFour five six.", 4)) == ["One two. Three.", "Four five six."]


def test_a_long_paragraph_is_cut_where_sentences_end() -> None:
    assert list(pieces("One two three. Four five. Six.", 4)) == ["One two three.", "Four five. Six."]
