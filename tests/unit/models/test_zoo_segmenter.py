"""A pulled network of organs gives the panel's anatomy: by the organs' names, on the grid of the whole film."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from openvino import opset15 as ops

from models.base import ExpertError
from models.experts.zoo import DEFAULT
from models.experts.zoo.segmenter import NAME, build
from models.weights import sha256_of
from tests import tiny_network
from tests.phantom import draw_phantom

SIDE = 512
QUARTERS = {"left": np.s_[:, :128], "middle": np.s_[256:, 192:320], "right": np.s_[:, 384:]}


def write(folder: Path, organs: Sequence[tuple[str, str]], name: str = NAME) -> dict[str, str]:
    """Write a network that finds each organ (name, place) in a place of its own, whatever the film shows."""
    target = folder / name
    target.mkdir()
    found = np.full((1, len(organs), SIDE, SIDE), -1, dtype=np.float32)
    for channel, (_, place) in enumerate(organs):
        found[0, channel][QUARTERS[place]] = 1
    film = ops.parameter([-1, 1, SIDE, SIDE], np.float32, name="film")
    masks = ops.add(ops.multiply(film, np.float32(0)), found)
    tiny_network.write(target / "model.xml", {"masks": masks}, film, [organ for organ, _ in organs])
    card = {
        "name": name,
        "version": "1",
        "licence": "none",
        "labels": [],
        "preprocessing": {"size": SIDE, "low": 0.0, "high": 100.0, "framing": "whole_film"},
        "files": {file: sha256_of(target / file) for file in ("model.xml", "model.bin")},
    }
    (target / "card.json").write_text(json.dumps(card))
    return {"folder": str(folder)}


@pytest.mark.parametrize("sides", [("left", "right"), ("right", "left")])
def test_the_lung_on_the_film_s_left_is_the_patient_s_right_one(tmp_path: Path, sides: tuple[str, str]) -> None:
    organs = [("Heart", "middle"), ("Right Lung", sides[0]), ("Spine", "middle"), ("Left Lung", sides[1])]
    film = draw_phantom(300, 200).astype(np.float32)
    (anatomy,) = build(write(tmp_path, organs)).segment([film])
    assert anatomy.right_lung[:, :64].all()
    assert anatomy.left_lung[:, 192:].all()
    assert anatomy.right_lung.sum() == anatomy.left_lung.sum() == 256 * 64
    assert anatomy.heart[128:, 96:160].all()
    assert (anatomy.rows, anatomy.columns) == (300, 200)


def test_a_network_that_lacks_an_organ_is_refused(tmp_path: Path) -> None:
    options = write(tmp_path, [("Right Lung", "left"), ("Left Lung", "right")])
    with pytest.raises(ExpertError, match="does not find Heart"):
        build(options)


def test_a_network_that_reads_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match="reads labels and finds no organs; chestx-det-pspnet does"):
        build({"folder": str(tiny_network.write_pulled(tmp_path).parent), "name": DEFAULT})


def test_what_was_not_pulled_says_how_to(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match=f"run `cxr experts pull {NAME}` first"):
        build({"folder": str(tmp_path)})


def test_a_film_of_no_numbers_is_an_expert_error(tmp_path: Path) -> None:
    organs = [("Heart", "middle"), ("Right Lung", "left"), ("Left Lung", "right")]
    film = np.full((64, 64), np.nan, dtype=np.float32)
    with pytest.raises(ExpertError, match="cannot read this image"):
        build(write(tmp_path, organs)).segment([film])
