"""Less than single precision, and only where the card says what it costs."""

from __future__ import annotations

from enum import StrEnum

from models.base import ExpertCard, ExpertError


class Precision(StrEnum):
    """In what a network computes: by name, never by what the processor would like best."""

    F32 = "f32"
    BF16 = "bf16"
    F16 = "f16"
    INT8 = "int8"


def permitted(name: str, card: ExpertCard) -> Precision:
    """Return the precision of that name, if the card holds its measured loss under ``precisions``.

    f32 is what every card was measured in. Raises ExpertError.
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
            "'precisions', or leave the option precision at f32."
        )
    return precision
