"""Anyone's network is served by its card alone, and a card that is wrong says what is wrong with it."""

from __future__ import annotations

import json
import tomllib
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from models.base import ExpertError
from models.experts.file import build
from models.findings import Label
from models.preprocess import shrink, stretch
from tests.phantom import draw_phantom
from tests.tiny_network import CARD, SIZE, expected_of_file_expert, write_file_expert


def film(rows: int = 96, columns: int = 96) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return draw_phantom(rows, columns).astype(np.float32)


def read_raw(folder: Path) -> dict[Label, float]:
    (reading,) = build({"folder": str(folder), "threads": "1"}).read([film()])
    return {label: score.raw for label, score in reading.scores.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_file_expert(tmp_path / "ours")


def test_planes_normalisation_and_activation_are_those_of_the_card(folder: Path) -> None:
    effusion, _, heart = expected_of_file_expert(stretch(shrink(film(), SIZE), 0.5, 99.5))
    raw = read_raw(folder)
    assert raw == {
        Label.PLEURAL_EFFUSION: pytest.approx(effusion, abs=1e-5),
        Label.CARDIOMEGALY: pytest.approx(heart, abs=1e-5),
    }


def test_channels_last_gives_the_same(folder: Path, tmp_path: Path) -> None:
    last = write_file_expert(
        tmp_path / "last", CARD.replace("channels = 3", 'channels = 3\nlayout = "NHWC"'), layout="NHWC"
    )
    assert read_raw(last) == pytest.approx(read_raw(folder), abs=1e-6)


def test_what_is_put_out_already_is_not_put_through_a_sigmoid_again(folder: Path) -> None:
    (folder / "card.toml").write_text(CARD.replace('"sigmoid"', '"none"'))
    logit = read_raw(folder)[Label.CARDIOMEGALY]
    (folder / "card.toml").write_text(CARD)
    assert 1 / (1 + np.exp(-logit)) == pytest.approx(read_raw(folder)[Label.CARDIOMEGALY], abs=1e-5)


def test_labels_are_matched_by_name_whatever_the_card_lists_first(folder: Path) -> None:
    before = read_raw(folder)
    shuffled = 'Cardiomegaly = "cardiomegaly"\nEffusion = "pleural_effusion"'
    (folder / "card.toml").write_text(
        CARD.replace('Effusion = "pleural_effusion"\nCardiomegaly = "cardiomegaly"', shuffled)
    )
    assert read_raw(folder) == before


def test_the_centre_square_alone_is_seen_where_the_card_says_so(folder: Path) -> None:
    (folder / "card.toml").write_text(CARD.replace("size = 64", 'size = 64\nframing = "centre_square"'))
    expert = build({"folder": str(folder)})
    tall = film(160, 96)
    (whole,), (middle,) = expert.read([tall]), expert.read([tall[32:128]])
    assert whole.scores == middle.scores


def test_a_card_may_be_json(folder: Path) -> None:
    before = read_raw(folder)
    (folder / "card.json").write_text(json.dumps(tomllib.loads(CARD)))
    (folder / "card.toml").unlink()
    assert read_raw(folder) == before


def test_its_card_says_that_it_is_not_calibrated_and_whose_weights_it_has(folder: Path) -> None:
    card = build({"folder": str(folder)}).card
    assert (card.name, card.version, card.licence) == ("ours", "1", "in-house")
    assert card.labels == (Label.PLEURAL_EFFUSION, Label.CARDIOMEGALY)
    assert card.weights_sha256 == sha256((folder / "network.bin").read_bytes()).hexdigest()
    assert card.details["calibration"] == {"fitted": "none"}


def test_without_calibration_the_raw_score_stands_in_and_the_doubt_is_wide(folder: Path) -> None:
    (reading,) = build({"folder": str(folder)}).read([film()])
    effusion, heart = reading.scores[Label.PLEURAL_EFFUSION], reading.scores[Label.CARDIOMEGALY]
    assert effusion.probability == pytest.approx(effusion.raw)
    assert (effusion.threshold, heart.threshold) == (0.3, 0.5)
    assert heart.doubt == pytest.approx((1 / 11, 10 / 11))


def test_its_own_calibration_is_used(folder: Path) -> None:
    entry = {"slope": 1.0, "intercept": 1.0, "threshold": 0.2, "doubt": [0.1, 0.3]}
    labels = {"pleural_effusion": entry, "cardiomegaly": entry}
    (folder / "calibration.json").write_text(json.dumps({"labels": labels}))
    expert = build({"folder": str(folder)})
    (reading,) = expert.read([film()])
    assert {score.threshold for score in reading.scores.values()} == {0.2}
    assert expert.card.details["calibration"] == {"fitted": "calibration.json"}


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("size = 64\n", "", r"input\.size: Field required"),
        ("size = 64", "size = 8", r"input\.size: .*32"),
        ("mean = [0.5, 0.4, 0.3]\n", "", r"input\.mean: Field required"),
        ("mean = [0.5, 0.4, 0.3]", "mean = [0.5]", r"input\.mean must be one number or 3"),
        ("std = [0.25, 0.2, 0.1]", "std = 0", r"input\.std must be .* above zero"),
        ('"pleural_effusion"', '"gout"', r"labels\.Effusion: .*'atelectasis'"),
        ('Cardiomegaly = "cardiomegaly"', "", "Cardiomegaly: neither a label of ours nor in"),
        ('"Cardiomegaly"]', '"Effusion"]', "Effusion: twice in outputs"),
        ('"cardiomegaly"', '"pleural_effusion"', "each label once"),
        ('Cardiomegaly"]', 'Cardiomegaly", ""]', r"output is .*, the card names 4 outputs"),
        ("Effusion = 0.3", "Mass = 0.3", "Mass: not in outputs"),
        ("Effusion = 0.3", "Effusion = 3", r"thresholds\.Effusion: .*less than or equal to 1"),
        ('activation = "sigmoid"', 'activation = "softmax"', r"output\.activation: .*'sigmoid' or 'none'"),
        ('activation = "sigmoid"', 'activation = "none"\nname = "other"', "OpenVINO cannot use the network"),
        ('licence = "in-house"', "", "licence: Field required"),
        ('name = "ours"', 'name = "../ours"', "name: .*pattern"),
        ("size = 64", "size = 64\ncolour = 3", r"input\.colour: Extra inputs"),
        ("size = 64", "size = 96", r"The network takes .*; the card says \[-1, 3, 96, 96\]"),
        ("[input]", "[input", "cannot be read"),
    ],
)
def test_a_wrong_card_is_refused_with_what_is_wrong(folder: Path, was: str, becomes: str, said: str) -> None:
    assert was in CARD
    (folder / "card.toml").write_text(CARD.replace(was, becomes, 1))
    with pytest.raises(ExpertError, match=said):
        build({"folder": str(folder)})


def test_a_folder_without_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match=r"holds no card: neither card\.toml nor card\.json"):
        build({"folder": str(tmp_path)})


def test_the_folder_must_be_given() -> None:
    with pytest.raises(ExpertError, match="CXR_EXPERTS=file:"):
        build({})


def test_of_several_networks_the_card_must_choose(folder: Path) -> None:
    (folder / "second.onnx").write_bytes(b"?")
    with pytest.raises(ExpertError, match="holds 2 files"):
        build({"folder": str(folder)})
    (folder / "card.toml").write_text('network = "network.xml"\n' + CARD)
    assert build({"folder": str(folder)}).card.name == "ours"


def test_a_file_that_is_no_network_is_refused(folder: Path) -> None:
    (folder / "network.xml").write_text("<net/>")
    with pytest.raises(ExpertError, match="OpenVINO cannot use the network"):
        build({"folder": str(folder)})
