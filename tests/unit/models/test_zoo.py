"""The catalogue of public networks, and a pulled one as the service reads with it: no torch is needed for either."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.base import ExpertError
from models.classifier import Classifier
from models.experts.zoo import DEFAULT, build, catalogue, entry, is_pulled
from models.experts.zoo.card import first_hash
from models.experts.zoo.catalogue import names
from models.experts.zoo.films import FEWEST, OTHERS, apart, drawn, of_folder
from models.experts.zoo.pull import Order, pull
from models.findings import Label
from tests.phantom import draw_phantom
from tests.tiny_network import write_pulled


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pulled(tmp_path_factory.mktemp("zoo")).parent


@pytest.fixture
def own_folder(folder: Path, tmp_path: Path) -> Path:
    """Return a copy, to be altered."""
    return Path(shutil.copytree(folder, tmp_path / "zoo"))


@pytest.fixture
def expert(folder: Path) -> Classifier:
    return build({"folder": str(folder), "threads": "1"})


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "torchvision", "torchxrayvision"):
        monkeypatch.setitem(sys.modules, name, None)


def film(rows: int = 96, columns: int = 96) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return draw_phantom(rows, columns).astype(np.float32)


def test_every_network_that_the_issue_names_is_in_the_catalogue() -> None:
    dense = {f"densenet121-res224-{data}" for data in ("all", "nih", "pc", "chex", "mimic_nb", "mimic_ch", "rsna")}
    others = {"jfhealthcare-densenet121", "chexpert-densenet121-ensemble", "chestx-det-pspnet", "resnet50-res512-all"}
    assert set(catalogue()) == dense | others


@pytest.mark.parametrize("name", catalogue())
def test_an_entry_says_where_what_and_how(name: str) -> None:
    each = entry(name)
    assert (each.url or each.where or "").startswith("https://")
    assert all((each.licence, each.trained_on, each.citation))
    assert each.size % 32 == 0
    assert len(set(each.labels)) == len(each.labels) > 0
    assert "" not in each.labels


@pytest.mark.parametrize("name", [name for name, each in catalogue().items() if not each.segments])
def test_every_name_of_a_reader_is_a_label_of_ours(name: str) -> None:
    ours = [names()[label] for label in entry(name).labels]
    assert len(set(ours)) == len(ours)


def test_labels_that_a_checkpoint_was_not_trained_on_are_left_out() -> None:
    assert set(entry("densenet121-res224-rsna").labels) == {"Pneumonia", "Lung Opacity"}
    assert "Fracture" not in entry("densenet121-res224-nih").labels
    assert "Lung Lesion" not in entry("resnet50-res512-all").labels


def test_effusion_of_the_zoo_is_our_pleural_effusion() -> None:
    assert names()["Effusion"] is Label.PLEURAL_EFFUSION


def test_an_unknown_network_is_named_with_those_there_are() -> None:
    with pytest.raises(ExpertError, match=r"no network 'densenet'; it has densenet121-res224-all"):
        entry("densenet")


def test_a_pulled_network_reads_its_labels_with_maps(expert: Classifier) -> None:
    (reading,) = expert.read([film()])
    assert set(reading.scores) == {names()[name] for name in entry(DEFAULT).labels} == set(reading.maps)
    for label, score in reading.scores.items():
        assert reading.maps[label].mean() == pytest.approx(np.log(score.raw / (1 - score.raw)), abs=1e-4)


def test_maps_lie_over_the_whole_film_though_the_network_saw_its_centre(expert: Classifier) -> None:
    tall = film(160, 96)
    (reading,) = expert.read([tall])
    grid = reading.maps[Label.PLEURAL_EFFUSION]
    rows, columns = grid.shape
    assert rows / columns == pytest.approx(160 / 96, abs=0.05)
    unseen = round(rows * 32 / 160)
    np.testing.assert_allclose(grid[:unseen], grid.mean(), rtol=1e-5)
    assert grid[unseen:-unseen].std() > 0.1


def test_an_uncalibrated_network_is_marked_and_doubts_widely(expert: Classifier) -> None:
    (reading,) = expert.read([film()])
    assert expert.card.details["calibration"] == {"fitted": "none"}
    for score in reading.scores.values():
        assert score.probability == pytest.approx(score.raw, abs=1e-6)
        assert score.threshold == 0.1
        assert score.doubt == pytest.approx((0.011, 0.526), abs=1e-3)


def test_other_weights_are_another_version(expert: Classifier) -> None:
    assert expert.card.version == expert.card.details["source"]["sha256"][:12]


@pytest.mark.parametrize("file", ["model.bin", "model.xml", "calibration.json"])
def test_a_file_that_was_altered_is_refused(own_folder: Path, file: str) -> None:
    with (own_folder / DEFAULT / file).open("ab") as opened:
        opened.write(b"\n")
    with pytest.raises(ExpertError, match="is not the file of its card"):
        build({"folder": str(own_folder)})


def test_a_network_of_other_labels_than_its_card_is_refused(own_folder: Path) -> None:
    path = own_folder / DEFAULT / "card.json"
    card: dict[str, Any] = json.loads(path.read_text())
    path.write_text(json.dumps(card | {"labels": card["labels"][1:]}))
    with pytest.raises(ExpertError, match="not of the same labels"):
        build({"folder": str(own_folder)})


def test_a_card_that_does_not_say_how_to_prepare_a_film_is_refused(own_folder: Path) -> None:
    path = own_folder / DEFAULT / "card.json"
    card: dict[str, Any] = json.loads(path.read_text())
    card["preprocessing"]["framing"] = "as it comes"
    path.write_text(json.dumps(card))
    with pytest.raises(ExpertError, match="how to prepare a film"):
        build({"folder": str(own_folder)})


def test_what_was_not_pulled_says_how_to(tmp_path: Path) -> None:
    assert not is_pulled(DEFAULT, tmp_path)
    with pytest.raises(ExpertError, match=f"run `cxr experts pull {DEFAULT}` first"):
        build({"folder": str(tmp_path)})


def test_a_network_of_organs_is_no_reader(folder: Path) -> None:
    with pytest.raises(ExpertError, match=r"finds organs and reads no labels; these read: densenet121"):
        build({"folder": str(folder), "name": "chestx-det-pspnet"})


def test_an_unknown_option_is_refused(folder: Path) -> None:
    with pytest.raises(ExpertError, match="has no option weights"):
        build({"folder": str(folder), "weights": "x"})


@pytest.mark.usefixtures("no_torch")
def test_pulling_without_torch_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match=r"Pulling needs torch.*cxr-scribe\[zoo\].*or pull on another machine"):
        pull(entry(DEFAULT), tmp_path, Order(source=tmp_path / "weights.pt"))


def test_trust_asks_for_a_hash(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match=r"give the --sha256"):
        pull(entry(DEFAULT), tmp_path, Order(trust=True))


def test_the_hash_of_the_first_pull_is_known_later(folder: Path, tmp_path: Path) -> None:
    assert first_hash(folder / DEFAULT) == "ab" * 32
    assert first_hash(tmp_path) is None


def test_drawn_films_are_the_same_each_time_and_not_alike() -> None:
    first, second = drawn(2), drawn(2)
    assert first.kind == "drawn"
    np.testing.assert_array_equal(first.images, second.images)
    assert np.abs(first.images[0] - first.images[1]).max() > 1


def test_films_of_a_folder_are_read_evenly_picked(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for number in range(10):
        Image.fromarray(np.full((8, 8), number, np.uint8)).save(tmp_path / "deep" / f"{number}.png")
    (tmp_path / "manifest.csv").write_text("not a film")
    films = of_folder(tmp_path, most=5)
    assert films.kind == "real"
    assert [int(image[0, 0]) for image in films.images] == [0, 2, 4, 6, 8]


def test_a_folder_without_films_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match="holds no PNG, JPEG or TIFF"):
        of_folder(tmp_path)


def test_films_to_quantise_with_and_films_to_measure_on_are_apart_and_evenly_picked(tmp_path: Path) -> None:
    for number in range(2 * OTHERS):
        (tmp_path / f"{number:04}.png").touch()
    chosen, others = apart(tmp_path, 100)
    assert [int(path.stem) for path in chosen] == list(range(0, 2 * OTHERS, 2 * OTHERS // 100))
    assert len(set(others)) == OTHERS
    assert not set(others) & set(chosen)
    assert int(others[-1].stem) > 2 * OTHERS - 10


def test_the_fewest_films_are_enough_and_one_less_is_refused_with_what_is_needed(tmp_path: Path) -> None:
    for number in range(2 * FEWEST):
        (tmp_path / f"{number}.png").touch()
    assert [len(part) for part in apart(tmp_path, FEWEST)] == [FEWEST, FEWEST]
    with pytest.raises(ExpertError, match=r"holds 40 films .*; 21 to quantise with and 20 others .* --calibrate"):
        apart(tmp_path, FEWEST + 1)


def test_a_film_that_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "film.png").write_bytes(b"?")
    with pytest.raises(ExpertError, match=r"film\.png cannot be read"):
        of_folder(tmp_path)
