"""The whole way of a public network, from a faulty server to a reading without torch, on seeded weights in its format.

What the zoo publishes cannot be fetched in tests: the weights here are random, the files' formats are the publishers'.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

if find_spec("torchxrayvision") is None or find_spec("nncf") is None:
    pytest.skip("left out: needs the extra zoo (torch, torchvision, torchxrayvision, nncf)", allow_module_level=True)

import torch

from models.base import ExpertError
from models.classifier import load_classifier
from models.download import Patience
from models.experts.zoo import DEFAULT, build, entry
from models.experts.zoo.catalogue import names
from models.experts.zoo.convert import LIMIT, largest_difference, prepared
from models.experts.zoo.films import of_folder
from models.experts.zoo.library import inspect, load, torchxrayvision
from models.experts.zoo.precision import Stated, state_precision
from models.experts.zoo.pull import Order, pull
from models.experts.zoo.segmenter import NAME as SEGMENTER
from models.experts.zoo.segmenter import build as build_segmenter
from models.findings import Score
from service.bootstrap.panel import load_experts
from service.settings import Settings
from tests import checkpoints
from tests.file_server import Fault, FileServer
from tests.phantom import draw_phantom

pytestmark = pytest.mark.timeout(600)  # two cores convert a network in half a minute, if nothing else runs
BRISK = Patience(tries=4, pause_s=0.01)


def film(rows: int = 300, columns: int = 260) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return draw_phantom(rows, columns, bits=8).astype(np.float32)


def card_of(folder: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((folder / "card.json").read_text())
    return card


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    return checkpoints.densenet(folder / entry(DEFAULT).filename, DEFAULT)


@pytest.fixture(scope="module")
def drawn_films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for seed in range(2):
        pixels = draw_phantom(300, 260, bits=8, seed=seed, heart_width=0.4 + 0.2 * seed)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{seed}.png")
    return folder


@pytest.fixture(scope="module")
def pulled(checkpoint: Path, drawn_films: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a network that was pulled from a server which breaks off and is busy."""
    faults = [Fault(cut=9_000_000), Fault(status=503), Fault(cut=9_000_000)]
    with FileServer(checkpoint.read_bytes(), faults) as server:
        order = Order(url=server.url, images=drawn_films, patience=BRISK)
        return pull(entry(DEFAULT), tmp_path_factory.mktemp("data") / "experts", order)


@pytest.fixture
def server(checkpoint: Path) -> Iterator[FileServer]:
    with FileServer(checkpoint.read_bytes()) as server:
        yield server


def test_the_conversion_repeats_the_original(pulled: Path) -> None:
    parity = card_of(pulled)["parity"]
    assert (parity["films"], parity["kind"]) == (2, "real")
    assert parity["largest_difference"] < LIMIT


def test_every_label_gets_the_score_that_the_library_gives_its_name(pulled: Path, checkpoint: Path) -> None:
    original = load(entry(DEFAULT), checkpoint)
    with torch.inference_mode():
        scores = original.scores(torch.from_numpy(prepared(entry(DEFAULT), film())))[0].tolist()
    expected = {names()[name]: score for name, score in zip(original.names, scores, strict=True) if name}
    (reading,) = build({"folder": str(pulled.parent)}).read([film()])
    assert {label: score.raw for label, score in reading.scores.items()} == pytest.approx(expected, abs=LIMIT)
    assert np.std(list(expected.values())) > 0.05, "all alike: a swap would go unseen"


def test_thresholds_are_the_library_s_own_operating_points(pulled: Path) -> None:
    with torchxrayvision() as xrv:
        published = xrv.models.model_urls[DEFAULT]
    points = {names()[n]: p for n, p in zip(published["labels"], published["op_threshs"], strict=True) if n}
    (reading,) = build({"folder": str(pulled.parent)}).read([film()])
    assert {label: score.threshold for label, score in reading.scores.items()} == pytest.approx(points)


def test_a_film_is_prepared_as_the_library_prepares_it() -> None:
    pixels = film(400, 320)
    pixels[0, 0], pixels[200, 160] = 0, 255
    with torchxrayvision() as xrv:
        cropped = xrv.datasets.XRayCenterCrop()(xrv.utils.normalize(pixels, 255)[None])
        theirs = xrv.utils.fix_resolution(torch.from_numpy(cropped)[None], 224, model=None).numpy()
    ours = prepared(entry(DEFAULT), pixels)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).mean() < 0.02 * 2048


def test_the_service_reads_with_it_where_torch_cannot_be_imported(pulled: Path) -> None:
    script = (
        "import sys\n"
        "for name in ('torch', 'torchvision', 'torchxrayvision'): sys.modules[name] = None\n"
        "import numpy as np\n"
        "from models.experts.zoo import build\n"
        f"expert = build({{'folder': {str(pulled.parent)!r}}})\n"
        "print(len(expert.read([np.arange(90000, dtype=np.float32).reshape(300, 300)])[0].scores))\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert run.stdout.strip() == "18", run.stderr


def test_the_card_tells_the_hash_that_later_pulls_are_held_to(pulled: Path, checkpoint: Path) -> None:
    source = card_of(pulled)["source"]
    assert source["sha256"] == hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    assert source["checked"] == "no: the hash of the first pull"


def test_another_file_at_the_next_pull_is_refused_and_the_network_stays(pulled: Path, server: FileServer) -> None:
    before = card_of(pulled)
    server.content = server.content[:-1] + bytes([server.content[-1] ^ 1])
    with pytest.raises(ExpertError, match="another file than expected"):
        pull(entry(DEFAULT), pulled.parent, Order(url=server.url, patience=BRISK))
    assert card_of(pulled) == before
    assert build({"folder": str(pulled.parent)}).card.name == DEFAULT


def test_a_file_fetched_elsewhere_must_have_the_given_hash(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match=r"another file than expected.*give the new hash: --sha256"):
        pull(entry(DEFAULT), tmp_path, Order(source=checkpoint, sha256="0" * 64))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(status=403), r"refused: 403 .*--from FILE"),
        (Fault(page=True), r"a web page, not with the file.*--from FILE"),
    ],
)
def test_a_blocked_pull_says_what_to_do(server: FileServer, tmp_path: Path, fault: Fault, said: str) -> None:
    server.faults = [fault]
    with pytest.raises(ExpertError, match=said):
        pull(entry(DEFAULT), tmp_path, Order(url=server.url, patience=BRISK))
    assert not (tmp_path / DEFAULT).exists()


def test_a_network_without_a_file_to_fetch_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match=r"not published as one file: get it from https.*--from"):
        pull(entry("chexpert-densenet121-ensemble"), tmp_path, Order())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"no network at all" * 99])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "weights.pt").write_bytes(content)
    with pytest.raises(ExpertError, match="is not a checkpoint of"):
        pull(entry(DEFAULT), tmp_path / "experts", Order(source=tmp_path / "weights.pt"))
    assert not (tmp_path / "experts" / DEFAULT).exists()


def test_the_checkpoint_of_another_architecture_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(ExpertError, match="is not a checkpoint of resnet50-res512-all"):
        pull(entry("resnet50-res512-all"), tmp_path, Order(source=checkpoint))


class Trap:
    """Unpickling it makes a folder: what a checkpoint that runs code could do."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        import os  # noqa: PLC0415 - the trap's own tool

        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_checkpoint_that_would_run_code_is_refused_before_it_does(tmp_path: Path, *, zipped: bool) -> None:
    mark, trapped = tmp_path / "it ran", tmp_path / "weights.pt"
    torch.save(Trap(mark), trapped, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ExpertError, match=r"would run \w+\.mkdir.*--trust"):
        pull(entry(DEFAULT), tmp_path / "experts", Order(source=trapped))
    assert not mark.exists()


def test_a_bare_pickle_is_no_way_around_it(tmp_path: Path) -> None:
    mark, trapped = tmp_path / "it ran", tmp_path / "weights.pt"
    trapped.write_bytes(pickle.dumps(Trap(mark), protocol=2))
    with pytest.raises(ExpertError):
        inspect(trapped)
    assert not mark.exists()


def test_trust_with_the_right_hash_runs_what_the_file_says(tmp_path: Path) -> None:
    mark, trapped = tmp_path / "it ran", tmp_path / "weights.pt"
    torch.save(Trap(mark), trapped)
    sha256 = hashlib.sha256(trapped.read_bytes()).hexdigest()
    with pytest.raises(ExpertError, match="is not a checkpoint of"):  # it returns no network, either
        pull(entry(DEFAULT), tmp_path / "experts", Order(source=trapped, sha256=sha256, trust=True))
    assert mark.exists()


def test_the_library_leaves_the_process_as_it_was() -> None:
    script = (
        "import sys, warnings\n"
        "path, filters = list(sys.path), list(warnings.filters)\n"
        "from models.experts.zoo.library import torchxrayvision\n"
        "import torch, torchvision, pandas, skimage.io\n"
        "path, filters = list(sys.path), list(warnings.filters)\n"
        "with torchxrayvision() as xrv: assert xrv.models.DenseNet\n"
        "assert sys.path == path, sys.path\n"
        "assert warnings.filters == filters, warnings.filters\n"
        "assert 'model' not in sys.modules\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr


@pytest.fixture(scope="module")
def quantised(pulled: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stated]:
    """Return a copy of the pulled network that NNCF has quantised, in a data folder, and what that cost."""
    folder = Path(shutil.copytree(pulled, tmp_path_factory.mktemp("data") / "experts" / pulled.name))
    films = tmp_path_factory.mktemp("films")
    for seed in range(44):
        pixels = draw_phantom(300, 260, bits=8, seed=seed, heart_width=0.35 + 0.3 * seed / 44, noise=0.002 * seed)
        Image.fromarray(pixels.astype(np.uint8)).save(films / f"{seed:02}.png")
    return folder, state_precision(entry(DEFAULT), folder, films, 22)


def scores_of(folder: Path, **options: str) -> list[Score]:
    (reading,) = load_classifier(folder, options).read([film()])
    return list(reading.scores.values())


def test_the_quantised_network_says_nearly_the_same_and_its_card_how_nearly(quantised: tuple[Path, Stated]) -> None:
    folder, stated = quantised
    figures = card_of(folder)["precisions"]["int8"]
    assert figures == stated.precisions["int8"]
    assert (figures["films"], figures["calibration_films"]) == (22, 22)
    assert 0 < figures["mean_difference"] < 0.05
    assert figures["largest_difference"] < 0.3
    pairs = zip(scores_of(folder), scores_of(folder, precision="int8"), strict=True)
    assert 0 < max(abs(plain.raw - int8.raw) for plain, int8 in pairs) < 0.3


def test_the_setting_serves_the_quantised_network_with_its_labels_and_maps(
    quantised: tuple[Path, Stated], tmp_path: Path
) -> None:
    folder, _ = quantised
    settings = Settings(
        data_dir=folder.parents[1], cache_dir=tmp_path, experts=DEFAULT, expert_precision=f"{DEFAULT}=int8"
    )
    expected = [score.raw for score in scores_of(folder, precision="int8")]
    for _ in range(2):  # compiled, then from the cache that also holds the network in single precision
        load_experts(settings.model_copy(update={"expert_precision": "f32"}))
        (expert,) = load_experts(settings)
        (reading,) = expert.read([film()])
        assert set(reading.scores) == {names()[name] for name in entry(DEFAULT).labels} == set(reading.maps)
        assert [score.raw for score in reading.scores.values()] == expected
    assert reading.weights_sha256 == hashlib.sha256((folder / "model.int8.bin").read_bytes()).hexdigest()


def test_an_altered_quantised_network_is_refused(quantised: tuple[Path, Stated], tmp_path: Path) -> None:
    altered = Path(shutil.copytree(quantised[0], tmp_path / DEFAULT))
    content = bytearray((altered / "model.int8.bin").read_bytes())
    content[len(content) // 2] ^= 1
    (altered / "model.int8.bin").write_bytes(content)
    with pytest.raises(ExpertError, match=r"model\.int8\.bin is not the file of its card"):
        load_classifier(altered, {"precision": "int8"})


@pytest.mark.parametrize("abilities", ["AVX512_CORE", "AVX2"])
def test_the_quantised_network_says_the_same_on_lesser_processors(
    quantised: tuple[Path, Stated], abilities: str
) -> None:
    # What x86 processors without VNNI would compute; on one that lacks it, and on others, this compares like with like.
    script = (
        "import numpy as np\n"
        "from pathlib import Path\n"
        "from tests.integration.test_zoo import scores_of\n"
        f"print([score.raw for score in scores_of(Path({str(quantised[0])!r}), precision='int8')])\n"
    )
    environment = os.environ | {"ONEDNN_MAX_CPU_ISA": abilities}
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    here = [score.raw for score in scores_of(quantised[0], precision="int8")]
    assert json.loads(run.stdout) == here, run.stderr


def test_nncf_sends_no_usage_data() -> None:
    script = "import models\nfrom nncf.telemetry.wrapper import telemetry\nprint(type(telemetry).__name__)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert run.stdout.splitlines()[-1:] == ["MagicMock"], run.stderr


def test_both_formats_of_torch_s_files_are_read(tmp_path: Path) -> None:
    chosen = entry("densenet121-res224-rsna")
    old, new = (
        load(chosen, checkpoints.densenet(tmp_path / f"{form}.pt", chosen.name, old_format=form == "old"))
        for form in ("old", "new")
    )
    planes = torch.from_numpy(prepared(chosen, film()))
    with torch.inference_mode():
        assert torch.equal(old.scores(planes), new.scores(planes))
    assert [name for name in old.names if name] == ["Pneumonia", "Lung Opacity"]


def test_the_resnet_and_the_baselines_are_repeated_too(tmp_path: Path, drawn_films: Path) -> None:
    ensemble = replace(entry("chexpert-densenet121-ensemble"), networks=1, size=128)
    made = {
        entry("resnet50-res512-all"): checkpoints.resnet(tmp_path / "resnet.pt"),
        replace(entry("jfhealthcare-densenet121"), size=128): checkpoints.jfhealthcare(tmp_path / "jf.pth"),
        ensemble: checkpoints.chexpert(tmp_path / "chexpert.zip", ensemble.networks),
    }
    for chosen, path in made.items():
        folder = pull(chosen, tmp_path / "experts", Order(source=path, images=drawn_films))
        assert card_of(folder)["parity"]["largest_difference"] < LIMIT
        (reading,) = build({"folder": str(folder.parent), "name": chosen.name}).read([film()])
        assert set(reading.scores) == {names()[name] for name in chosen.labels}
        assert bool(reading.maps) == (chosen.architecture == "resnet")


def test_the_network_of_organs_becomes_a_segmenter(tmp_path: Path, drawn_films: Path) -> None:
    path = checkpoints.pspnet(tmp_path / "pspnet.pth")
    folder = pull(entry(SEGMENTER), tmp_path / "experts", Order(source=path, images=drawn_films))
    assert card_of(folder)["parity"]["largest_difference"] < LIMIT
    (anatomy,) = build_segmenter({"folder": str(folder.parent)}).segment([film()])
    assert anatomy.heart.shape == (256, 256)
    assert (anatomy.rows, anatomy.columns) == (300, 260)


@pytest.mark.films
def test_the_conversion_repeats_the_original_on_real_films(pulled: Path, checkpoint: Path, shared_data: Path) -> None:
    films = of_folder(shared_data / "nih")
    assert len(films.images) > 60
    assert largest_difference(entry(DEFAULT), load(entry(DEFAULT), checkpoint), pulled, films) < LIMIT
