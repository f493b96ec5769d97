"""What every expert promises, whoever wrote it: each entry point of ``cxr.experts`` passes these."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint, entry_points

import numpy as np
import pytest

from models.base import Expert, ExpertError, GrayImage
from models.findings import Label
from tests.phantom import draw_phantom
from tests.tiny_network import write_file_expert, write_pulled

PLUGS = sorted(entry_points(group="cxr.experts"), key=lambda plug: plug.name)


@pytest.fixture(scope="module", params=PLUGS, ids=lambda plug: plug.name)
def plug(request: pytest.FixtureRequest) -> EntryPoint:
    chosen: EntryPoint = request.param
    return chosen


@pytest.fixture(scope="module")
def options(plug: EntryPoint, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what a plug cannot do without: the folder of a pulled network, of someone's own."""
    made = tmp_path_factory.mktemp(plug.name)
    if plug.name == "zoo":
        write_pulled(made)
    elif plug.name == "file":
        write_file_expert(made)
    else:
        return {}
    return {"folder": str(made)}


@pytest.fixture(scope="module")
def expert(plug: EntryPoint, options: dict[str, str]) -> Expert:
    built: Expert = plug.load()(options)
    return built


def films() -> list[GrayImage]:
    return [draw_phantom(rows, 300, seed=rows).astype(np.float32) for rows in (256, 300, 512)]


def test_the_built_in_expert_is_an_entry_point() -> None:
    assert "embedded" in {plug.name for plug in PLUGS}


def test_the_card_says_what_it_is(expert: Expert) -> None:
    card = expert.card
    assert all((card.name, card.version, card.licence))
    assert len(card.weights_sha256) == 64
    assert card.labels
    assert len(set(card.labels)) == len(card.labels)
    assert all(isinstance(label, Label) for label in card.labels)


def test_there_is_one_reading_an_image_in_order(expert: Expert) -> None:
    together = expert.read(films())
    assert len(together) == 3
    for film, reading in zip(films(), together, strict=True):
        alone = expert.read([film])[0]
        assert {label: pytest.approx(s.raw, abs=1e-4) for label, s in alone.scores.items()} == {
            label: s.raw for label, s in reading.scores.items()
        }


def test_no_image_gives_no_reading(expert: Expert) -> None:
    assert expert.read([]) == []


def test_a_reading_holds_the_labels_of_the_card_and_its_provenance(expert: Expert) -> None:
    card, reading = expert.card, expert.read(films()[:1])[0]
    assert set(reading.scores) == set(card.labels)
    assert set(reading.regions) <= set(card.labels)
    assert (reading.expert, reading.version, reading.weights_sha256) == (card.name, card.version, card.weights_sha256)


def test_scores_are_calibrated_values_with_threshold_and_doubt(expert: Expert) -> None:
    for score in expert.read(films()[:1])[0].scores.values():
        low, high = score.doubt
        assert 0 <= score.raw <= 1
        assert 0 <= score.probability <= 1
        assert 0 <= low <= score.threshold <= high <= 1


def test_the_same_film_is_read_the_same(expert: Expert) -> None:
    assert expert.read(films()[:1]) == expert.read(films()[:1])


def test_gain_and_offset_of_the_pixels_change_nothing(expert: Expert) -> None:
    film = films()[0]
    here, there = expert.read([film, film * np.float32(8) - np.float32(1024)])
    assert {k: pytest.approx(v.probability, abs=1e-3) for k, v in here.scores.items()} == {
        k: v.probability for k, v in there.scores.items()
    }


def test_the_film_is_left_as_it_was(expert: Expert) -> None:
    film = films()[0]
    film.setflags(write=False)
    before = film.copy()
    expert.read([film])
    np.testing.assert_array_equal(film, before)


def test_it_may_be_shared_by_threads(expert: Expert) -> None:
    expected = expert.read(films())
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda film: expert.read([film])[0], films() * 4))
    assert together == expected * 4


def test_an_unknown_option_is_refused(plug: EntryPoint, options: dict[str, str]) -> None:
    with pytest.raises(ExpertError, match="no-such-option"):
        plug.load()(options | {"no-such-option": "1"})
