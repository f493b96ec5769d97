"""The card of a network file: what its maker has to say so that it can be served, checked field by field."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.base import ExpertError
from models.classifier import Framing
from models.findings import Label

CARDS = ("card.toml", "card.json")

Share = Annotated[float, Field(ge=0, le=1)]
PerChannel = float | list[float]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Input(_Strict):
    """What the network takes.

    The film is cut or squashed (``framing``) to ``size`` x ``size``; its percentiles ``low`` and ``high`` become 0 and
    1; then ``mean`` is taken off and the rest divided by ``std``, for each of ``channels`` alike or by list.
    """

    size: Annotated[int, Field(ge=32, le=4096)]
    channels: Literal[1, 3] = 1
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    framing: Framing = Framing.WHOLE
    low: Annotated[float, Field(ge=0, lt=50)] = 0.5
    high: Annotated[float, Field(gt=50, le=100)] = 99.5
    mean: PerChannel
    std: PerChannel


class Output(_Strict):
    """What the network gives: (films, names). ``activation`` is what is still to be applied to it."""

    name: str | None = None
    activation: Literal["sigmoid", "none"]


class FileCard(_Strict):
    """The card of a network file.

    ``outputs`` are the network's own names, in the order of its output; "" is no finding. ``labels`` says which of ours
    each name is, and need not name those that are ours already. ``thresholds`` are by the network's own names.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$")]
    licence: Annotated[str, Field(min_length=1)]
    network: str | None = None
    outputs: Annotated[list[str], Field(min_length=1)]
    labels: dict[str, Label] = {}
    input: Input
    output: Output
    thresholds: dict[str, Share] = {}
    details: dict[str, Any] = {}

    @model_validator(mode="after")
    def _names_agree(self) -> FileCard:
        named = [name for name in self.outputs if name]
        known = {label.value for label in Label} | set(self.labels)
        for wrong, why in (
            ({name for name in named if named.count(name) > 1}, "twice in outputs"),
            (set(named) - known, "neither a label of ours nor in [labels]"),
            ((set(self.labels) | set(self.thresholds)) - set(named), "not in outputs"),
        ):
            if wrong:
                raise ValueError(f"{', '.join(sorted(wrong))}: {why}")
        if len(set(self.ours.values())) < len(named) or not named:
            raise ValueError("outputs must name at least one label, and each label once")
        return self

    @property
    def ours(self) -> dict[str, Label]:
        """Which of our labels each of the network's own names is, in the order of the outputs."""
        return {name: self.labels.get(name) or Label(name) for name in self.outputs if name}


def read_card(folder: Path) -> FileCard:
    """Read and check the card of a folder. Raises ExpertError that names each wrong field."""
    path = next((folder / name for name in CARDS if (folder / name).is_file()), None)
    if path is None:
        raise ExpertError(f"{folder} holds no card: neither {' nor '.join(CARDS)}.")
    try:
        text = path.read_text(encoding="utf-8")
        return FileCard.model_validate(tomllib.loads(text) if path.suffix == ".toml" else json.loads(text))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'card'}: {e['msg']}" for e in error.errors())
        raise ExpertError(f"The card {path} is wrong: {wrong}.") from None
    except (OSError, ValueError) as error:
        raise ExpertError(f"The card {path} cannot be read: {error}.") from error
