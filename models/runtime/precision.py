"""Less than single precision, and only where the card says what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from models.base import ExpertCard, ExpertError

INT8, INT8_WEIGHTS = "model.int8.xml", "model.int8.bin"
"""Beside a network's OpenVINO files: the same network, quantised to eight bits (``models.runtime.quantise``)."""


class Precision(StrEnum):
    """In what a network computes: by name, never by what the processor would like best."""

    F32 = "f32"
    BF16 = "bf16"
    F16 = "f16"
    INT8 = "int8"


def permitted(name: str, card: ExpertCard) -> Precision:
    """Return the precision of that name, if the card holds its measured loss under ``precisions``.

    f32 is what every card was measured in; int8 has files of its own, whose hashes the card must hold, too. Raises
    ExpertError.
    """
    try:
        precision = Precision(name)
    except ValueError:
        known = ", ".join(Precision)
        raise ExpertError(f"The option precision must be one of {known}, not {name!r}.") from None
    measured = card.details.get("precisions", {})
    if precision is not Precision.F32 and precision not in measured:
        raise ExpertError(
            f"The card of {card.name} does not say what {precision} costs: measure the loss and state it under "
            "'precisions' (`cxr experts precision` does both for a pulled network), or leave the option precision at "
            "f32."
        )
    unknown = {INT8, INT8_WEIGHTS} - set(card.details.get("files", {}))
    if precision is Precision.INT8 and unknown:
        raise ExpertError(f"The card of {card.name} does not hold the hash of {', '.join(sorted(unknown))}.")
    return precision


def as_served(card: ExpertCard, options: Mapping[str, str]) -> ExpertCard:
    """Return the card with the hash of the weights that these options serve: int8 has weights of its own."""
    own = card.details.get("files", {}).get(INT8_WEIGHTS)
    return replace(card, weights_sha256=own) if own and options.get("precision") == Precision.INT8 else card
