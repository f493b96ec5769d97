"""What is written beside a pulled network: its card, and the calibration that it does not have yet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from models.classifier import unfitted
from models.experts.zoo.catalogue import Entry, names
from models.runtime.precision import INT8, INT8_WEIGHTS
from models.weights import CARD, sha256_of

UNCALIBRATED = "none"
LIMITS = (
    "Not calibrated: its raw sigmoid values stand in for probabilities. `cxr experts calibrate` fits it to your films.",
    "Until then it abstains wherever its odds are within ten times those of its threshold.",
    "Nothing about how well it reads was measured here: see its publication, and measure it on films of your own.",
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the weights came from and how closely the conversion repeats them."""

    url: str | None
    file: str
    sha256: str
    pinned: bool
    library: str
    parity: Mapping[str, object]

    @property
    def version(self) -> str:
        """Version of the expert: other weights are another expert, with another calibration."""
        return self.sha256[:12]


def write_calibration(entry: Entry, points: Mapping[str, float], folder: Path) -> None:
    """Write the identity as calibration; thresholds are the network's own operating points, by its own names."""
    labels = {names()[name].value: asdict(unfitted(points.get(name))) for name in entry.labels}
    _write(folder / "calibration.json", {"fitted": UNCALIBRATED, "method": "identity", "labels": labels})


def write_card(entry: Entry, provenance: Provenance, preparation: Mapping[str, object], folder: Path) -> None:
    """Write the card; it holds the hash of every other file in the folder."""
    _write(
        folder / CARD,
        {
            "name": entry.name,
            "version": provenance.version,
            "licence": entry.licence,
            "architecture": entry.architecture,
            "intended_use": "Research. Not a medical device. Frontal chest films.",
            "trained_on": entry.trained_on,
            "citation": entry.citation,
            "limits": list(LIMITS),
            "labels": [] if entry.segments else [names()[name].value for name in entry.labels],
            "names": list(entry.labels),
            "preprocessing": dict(preparation),
            "calibration": {"fitted": UNCALIBRATED},
            "source": {
                "url": provenance.url,
                "file": provenance.file,
                "sha256": provenance.sha256,
                "checked": "against a given hash" if provenance.pinned else "no: the hash of the first pull",
                "library": provenance.library,
            },
            "parity": dict(provenance.parity),
            "files": {path.name: sha256_of(path) for path in sorted(folder.iterdir())},
        },
    )


def first_hash(folder: Path) -> str | None:
    """SHA-256 of the checkpoint that an earlier pull into the folder recorded; None where there was none."""
    try:
        recorded = json.loads((folder / CARD).read_text(encoding="utf-8"))["source"]["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(recorded)


def state_precisions(folder: Path, made: Path, precisions: Mapping[str, Mapping[str, float]]) -> None:
    """Move the quantised network from ``made`` into the folder, and put what each precision costs on the card.

    Whenever it breaks off, the card is whole, and lists no file that is missing or another.
    """
    content = json.loads((folder / CARD).read_text(encoding="utf-8"))
    files = {name: sha256 for name, sha256 in content["files"].items() if name not in {INT8, INT8_WEIGHTS}}
    bare = {name: stated for name, stated in content.items() if name != "precisions"}
    _write(folder / CARD, bare | {"files": files})
    for name in (INT8, INT8_WEIGHTS):
        files[name] = sha256_of(made / name)
        (made / name).replace(folder / name)
    _write(folder / CARD, bare | {"precisions": precisions, "files": files})


def _write(path: Path, content: Mapping[str, object]) -> None:
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)
