"""The heatmap of a finding: from an expert that can say where, or a sentence that says why there is none."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Picture

from models.base import ExpertBusy, ExpertError, GrayImage
from models.findings import Box, ExpertReading, Label, Region
from service.domain.errors import ServiceError, TryLater, Unknown
from service.usecases.overlay import Look, Overlay, overlay
from tests.factories import finding, stopped
from tests.fakes import FakeExpert
from tests.unit.usecases.desk import Desk

EFFUSION = Label.PLEURAL_EFFUSION


class Pointing(FakeExpert):
    """A fake that sees an effusion at ``row`` and ``column`` of its map of 7 x 7, and no pneumothorax anywhere.

    ``surer`` is added to its probability.
    """

    def __init__(self, name: str = "pointing", *, row: int = 5, column: int = 1, surer: float = 0.0) -> None:
        super().__init__(name)
        self._map = np.zeros((7, 7), dtype=np.float32)
        self._map[row, column] = 4.0
        self._surer = surer

    def read(self, images: Sequence[GrayImage]) -> list[ExpertReading]:
        return [self._pointed(reading) for reading in super().read(images)]

    def _pointed(self, reading: ExpertReading) -> ExpertReading:
        score = reading.scores[EFFUSION]
        surer = replace(score, probability=score.probability + self._surer)
        return replace(reading, maps={EFFUSION: self._map}, scores={**reading.scores, EFFUSION: surer})


async def drawn(desk: Desk, label: str = EFFUSION, look: Look | None = None) -> Overlay:
    """Let the experts read a film and draw one label on it."""
    study = await desk.read_study()
    return await overlay(desk.storage, desk.films, desk.experts, study.images[0].id, label, look or Look())


def centre(png: bytes) -> tuple[float, float]:
    """Middle of what is drawn, as shares of height and width."""
    opacity = np.asarray(Picture.open(io.BytesIO(png)))[..., 3]
    down, across = (
        np.average(np.linspace(0, 1, side), weights=opacity.sum(axis=1 - axis))
        for axis, side in enumerate(opacity.shape)
    )
    return float(down), float(across)


async def test_an_overlay_shows_the_experts_evidence_and_names_the_expert() -> None:
    result = await drawn(Desk(experts=(Pointing(row=5, column=1),)))
    assert (result.expert, result.version) == ("pointing", "1")
    assert centre(result.png) == pytest.approx((5.5 / 7, 1.5 / 7), abs=0.02)


async def test_the_expert_that_is_surest_is_shown() -> None:
    experts = (Pointing("one"), Pointing("two", surer=0.1), FakeExpert("blind"))
    assert (await drawn(Desk(experts=experts))).expert == "two"


@pytest.mark.parametrize(("look", "size", "mode"), [(Look(64), 64, "RGBA"), (Look(blend=True), 256, "RGB")])
async def test_size_and_blending_are_as_asked(look: Look, size: int, mode: str) -> None:
    picture = Picture.open(io.BytesIO((await drawn(Desk(experts=(Pointing(),)), look=look)).png))
    assert (picture.size, picture.mode) == ((size, size), mode)


async def test_the_findings_box_is_drawn() -> None:
    desk = Desk(experts=(Pointing(),))
    study = await desk.read_study()
    placed = replace(finding(EFFUSION), region=Region(box=Box(10, 20, 110, 120)))
    image = replace(study.images[0], findings=(placed,))
    desk.storage.tables.studies[study.id] = replace(study, images=(image,))
    result = await overlay(desk.storage, desk.films, desk.experts, image.id, EFFUSION, Look())
    inked = np.argwhere(np.asarray(Picture.open(io.BytesIO(result.png)))[..., 3] == 255)
    assert inked.min(axis=0).tolist() == [20, 10]


@pytest.mark.parametrize("label", ["mass", "nonsense", "", "PLEURAL_EFFUSION"])
async def test_a_label_that_was_not_read_has_no_overlay(label: str) -> None:
    with pytest.raises(Unknown, match="No expert read"):
        await drawn(Desk(experts=(Pointing(),)), label)


async def test_an_image_that_was_not_read_has_no_overlay() -> None:
    desk = Desk(experts=(Pointing(),))
    study = await desk.study()
    with pytest.raises(Unknown, match="not read yet"):
        await overlay(desk.storage, desk.films, desk.experts, study.images[0].id, EFFUSION, Look())
    image = replace(study.images[0], gate=stopped())
    desk.storage.tables.studies[study.id] = replace(study, images=(image,))
    with pytest.raises(Unknown, match="was stopped"):
        await overlay(desk.storage, desk.films, desk.experts, image.id, EFFUSION, Look())


async def test_an_unknown_image_is_unknown() -> None:
    desk = Desk()
    with pytest.raises(Unknown, match="no image"):
        await overlay(desk.storage, desk.films, desk.experts, "nowhere", EFFUSION, Look())


@pytest.mark.parametrize(("expert", "label"), [(FakeExpert(), EFFUSION), (Pointing(), Label.PNEUMOTHORAX)])
async def test_an_expert_that_cannot_say_where_says_so(expert: FakeExpert, label: Label) -> None:
    with pytest.raises(Unknown, match="can say where") as raised:
        await drawn(Desk(experts=(expert,)), label)
    assert raised.value.code == "no-heatmap"


async def test_an_expert_that_left_since_is_not_missed_in_silence() -> None:
    desk = Desk(experts=(Pointing(),))
    study = await desk.read_study()
    with pytest.raises(Unknown, match="can say where"):
        await overlay(desk.storage, desk.films, (), study.images[0].id, EFFUSION, Look())


async def test_a_busy_expert_is_asked_again_later() -> None:
    expert = Pointing()
    desk = Desk(experts=(expert,))
    study = await desk.read_study()
    expert.failure = ExpertBusy("The queue is full.", retry_after_s=3.0)
    with pytest.raises(TryLater) as raised:
        await overlay(desk.storage, desk.films, desk.experts, study.images[0].id, EFFUSION, Look())
    assert raised.value.retry_after_s == 3.0


async def test_an_expert_that_fails_is_the_operators_matter() -> None:
    expert = Pointing()
    desk = Desk(experts=(expert,))
    study = await desk.read_study()
    expert.failure = ExpertError("/models/secret.bin is broken")
    with pytest.raises(ServiceError) as raised:
        await overlay(desk.storage, desk.films, desk.experts, study.images[0].id, EFFUSION, Look())
    assert raised.value.code == "expert-failed"
    assert "secret" not in raised.value.detail
