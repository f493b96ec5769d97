"""Anyone's own network, without code: a folder with an ONNX or OpenVINO file and a card (``docs/zoo.md`` shows one)."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.base import ExpertCard, ExpertError
from models.calibrate import Calibration, load_calibration
from models.classifier import Classifier, check_options, unfitted
from models.experts.file.card import FileCard, read_card
from models.experts.file.network import rewrite
from models.runtime import open_network
from models.weights import sha256_of

NETWORKS = frozenset({".onnx", ".xml"})
OWN_OPTIONS = frozenset({"folder"})


def build(options: Mapping[str, str]) -> Classifier:
    """Load a network file by its card.

    Options: ``folder`` (with the network, the card and, where it was fitted, ``calibration.json``) and the runtime's.
    Raises ExpertError, which says what is wrong with the card or the network.
    """
    check_options(options, of="A network file", own=OWN_OPTIONS)
    if "folder" not in options:
        raise ExpertError("A network file needs its folder: CXR_EXPERTS=file:/path/to/folder.")
    folder = Path(options["folder"])
    card = read_card(folder)
    path = _network_of(folder, card)
    weights = sha256_of(path.with_suffix(".bin") if path.suffix == ".xml" else path)
    whole = ExpertCard(
        card.name, card.version, tuple(card.ours.values()), weights, card.licence, _details(card, folder)
    )
    rewritten = _scratch() / f"{weights[:16]}.xml"
    rewrite(path, card, rewritten)
    return Classifier(whole, open_network(rewritten, options, whole), _calibration(folder, card))


def _network_of(folder: Path, card: FileCard) -> Path:
    if card.network is not None:
        return folder / card.network
    found = sorted(path for path in folder.iterdir() if path.suffix in NETWORKS)
    if len(found) != 1:
        raise ExpertError(f"{folder} holds {len(found)} files .onnx or .xml: say on the card which is the network.")
    return found[0]


def _details(card: FileCard, folder: Path) -> dict[str, Any]:
    asked = card.input
    fitted = {"fitted": "calibration.json" if (folder / "calibration.json").is_file() else "none"}
    preparation = {"size": asked.size, "low": asked.low, "high": asked.high, "mean": 0.0, "std": 1.0}
    return {
        **card.details,
        **card.model_dump(mode="json", exclude={"details"}),
        "labels": [label.value for label in card.ours.values()],
        "preprocessing": preparation | {"framing": asked.framing.value},
        "calibration": fitted,
    }


def _calibration(folder: Path, card: FileCard) -> Calibration:
    if (folder / "calibration.json").is_file():
        return load_calibration(folder / "calibration.json")
    return {label: unfitted(card.thresholds.get(name)) for name, label in card.ours.items()}


def _scratch() -> Path:
    """Where the rewritten network lies while the service runs."""
    folder = Path(
        tempfile.mkdtemp(
            prefix="cxr-network-",
        )
    )
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
