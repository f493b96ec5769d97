"""What a network learns beside its labels, and the last layer that labels and hints share. Needs torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from models.training.hints import AGE, COUNT, ORGANS, RATIO, Hints, Looker, loss_of  # noqa: E402 - it imports torch
from models.training.maps import Maps  # noqa: E402 - as above
from tests.phantom import draw_phantom  # noqa: E402 - torch first

CELLS = 3


def said(*, ratio: float = 0.0, age: float = 0.0) -> Any:  # noqa: ANN401 - torch is not typed here
    """Maps of the hints for one film: sure of no organ, doubtful of view and sex."""
    maps = torch.zeros(1, COUNT, CELLS, CELLS)
    maps[:, :ORGANS], maps[:, RATIO], maps[:, AGE] = -20, ratio, age
    return maps


def known(*, ratio: float = 0.0, age: float = 0.0) -> tuple[Any, Any]:
    return torch.zeros(1, ORGANS, CELLS, CELLS), torch.tensor([[ratio, 1.0, 0.0, age]])


def test_what_is_further_from_the_truth_costs_more() -> None:
    right, near, far = (float(loss_of(said(ratio=each), *known(ratio=1.0))) for each in (1.0, 0.5, -1.0))
    assert right < near < far


def test_what_is_not_known_teaches_nothing() -> None:
    maps = said(ratio=0.7)
    maps.requires_grad_()
    loss_of(maps, *known(ratio=float("nan"), age=1.0)).backward()
    assert torch.isfinite(maps.grad).all()
    assert not maps.grad[:, RATIO].any()
    assert maps.grad[:, AGE].any()


def test_an_organ_that_is_missed_costs_more_than_one_that_is_found() -> None:
    organs, others = known()
    organs[:, 0] = 1.0
    found = said()
    found[:, 0] = 20
    assert float(loss_of(found, organs, others)) < float(loss_of(said(), organs, others)) - 1


def test_hints_are_those_of_the_copy_and_the_patient() -> None:
    organs = torch.arange(2 * 3).reshape(2, 3, 1, 1, 1).expand(2, 3, ORGANS, CELLS, CELLS).half()
    hints = Hints(organs, torch.tensor([[0.0, 1, 2], [10, 11, 12]]), torch.tensor([[0.0, 0, 0], [1, 1, 1], [2, 2, 2]]))
    shares, others = hints.of(torch.tensor([1, 0]), torch.tensor([2, 1]))
    assert shares[:, 0, 0, 0].tolist() == [5, 1]
    assert others.tolist() == [[12, 2, 2, 2], [1, 1, 1, 1]]


def test_the_anatomy_network_tells_of_a_copy() -> None:
    shares, ratio = Looker(CELLS).look(draw_phantom(288, 288).astype(np.float32))
    assert shares.shape == (ORGANS, CELLS, CELLS)
    assert 0 <= shares.min() <= shares.max() <= 1
    assert np.isnan(ratio) or -7 < ratio < 8  # 0 to 1, in standard deviations


def test_what_is_shipped_says_what_was_trained() -> None:
    torch.manual_seed(0)
    maps = Maps(5, 4)
    for parameter in maps.parameters():
        torch.nn.init.normal_(parameter)
    features = torch.randn(2, 5, CELLS, CELLS)
    torch.testing.assert_close(maps.plain()(features), maps(features)[0], rtol=1e-5, atol=1e-4)
