"""Lungs and heart on demand: boxes and the two widths in the film's own pixels, and why there may be no ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.anatomy import GRID, Anatomy
from models.base import ExpertBusy, ExpertError, GrayImage
from models.findings import Abstention, Box
from service.domain.errors import ServiceError, TryLater, Unknown
from service.usecases.anatomy import Organs, organs_of
from tests.factories import stopped
from tests.fakes import FakeSegmenter
from tests.unit.usecases.desk import Desk


class Slanted(FakeSegmenter):
    """A heart whose left edge lies low and whose right edge lies high, on a film half as high as it is wide."""

    def __init__(self, failure: Exception | None = None) -> None:
        super().__init__()
        self.failure = failure

    def segment(self, images: Sequence[GrayImage]) -> list[Anatomy]:
        if self.failure is not None:
            raise self.failure
        whole = super().segment(images)[0]
        heart = np.zeros((GRID, GRID), dtype=bool)
        heart[150:160, 100:140] = heart[130:150, 110:140] = heart[100:130, 110:150] = True
        return [replace(whole, heart=heart, rows=128, columns=256)]


class Nothing(FakeSegmenter):
    """Finds no heart."""

    def segment(self, images: Sequence[GrayImage]) -> list[Anatomy]:
        return [replace(found, heart=np.zeros_like(found.heart)) for found in super().segment(images)]


async def seen(segmenter: FakeSegmenter | None) -> Organs:
    desk = Desk()
    study = await desk.read_study()
    return await organs_of(desk.storage, desk.films, segmenter, study.images[0].id)


async def test_the_widths_are_drawn_where_the_ratio_is_measured() -> None:
    organs = await seen(FakeSegmenter())
    assert organs.heart is not None
    assert organs.chest is not None
    assert organs.ratio is not None
    assert (organs.heart.start[0], organs.heart.end[0]) == (80, 150)
    assert (organs.chest.start[0], organs.chest.end[0]) == (30, 220)
    assert organs.boxes["right_lung"] == Box(30, 40, 110, 200)
    assert (organs.segmenter, organs.abstention) == ("organs/1", None)


async def test_each_side_is_measured_at_its_own_height_and_the_line_lies_between() -> None:
    organs = await seen(Slanted())
    assert organs.heart is not None
    assert organs.heart.touches == ((100.0, 77.5), (150.0, 57.5))
    assert (organs.heart.start, organs.heart.end) == ((100.0, 67.5), (150.0, 67.5))


async def test_where_the_ratio_means_nothing_the_reason_is_told_and_the_organs_still_are() -> None:
    desk = Desk()
    study = await desk.read_study()
    image = replace(study.images[0], view="AP")
    desk.storage.tables.studies[study.id] = replace(study, images=(image,))
    organs = await organs_of(desk.storage, desk.films, FakeSegmenter(), image.id)
    assert (organs.ratio, organs.abstention) == (None, Abstention.AP_VIEW)
    assert organs.heart is not None


async def test_without_a_heart_there_are_no_widths() -> None:
    organs = await seen(Nothing())
    assert (organs.heart, organs.chest) == (None, None)
    assert set(organs.boxes) == {"right_lung", "left_lung"}


async def test_what_was_not_read_has_no_organs() -> None:
    desk = Desk()
    study = await desk.study()
    with pytest.raises(Unknown):
        await organs_of(desk.storage, desk.films, FakeSegmenter(), study.images[0].id)
    image = replace(study.images[0], gate=stopped())
    desk.storage.tables.studies[study.id] = replace(study, images=(image,))
    with pytest.raises(Unknown) as refusal:
        await organs_of(desk.storage, desk.films, FakeSegmenter(), image.id)
    assert refusal.value.code == "no-anatomy"
    with pytest.raises(Unknown, match="no image"):
        await organs_of(desk.storage, desk.films, FakeSegmenter(), "nowhere")


async def test_a_site_without_a_segmenter_says_so() -> None:
    with pytest.raises(Unknown, match="No network"):
        await seen(None)


async def test_a_network_that_is_busy_or_fails_is_told_as_an_experts_is() -> None:
    with pytest.raises(TryLater) as later:
        await seen(Slanted(ExpertBusy("The queue is full.", retry_after_s=3.0)))
    assert later.value.retry_after_s == 3.0
    with pytest.raises(ServiceError) as failed:
        await seen(Slanted(ExpertError("/models/secret.bin is broken")))
    assert (failed.value.code, "secret" in failed.value.detail) == ("expert-failed", False)
