"""A site's own calibration of an expert: its file, and whether it still is of the expert that is running.

The file is ``<expert>-<version>.json`` in the site's folder. It holds for the weights that it was fitted on and no
others: the same probability means nothing for another network.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.base import Expert, ExpertCard, ExpertError
from models.calibrate import Calibration, label_calibration, logit
from models.evidence import prevalence_of
from models.findings import Label
from models.recalibrated import Recalibrated

FORMAT = 1

FOLDER = "calibration"
"""Of a site's data folder: where its files are kept and looked for."""


@dataclass(frozen=True, slots=True)
class SiteCalibration:
    """What a site found out: ``labels`` that were fitted anew; ``prevalence`` as the site states it, for any label.

    ``note`` is the rest of the file: when and on how many films it was made, and the figures of each label.
    """

    expert: str
    version: str
    weights_sha256: str
    labels: Calibration
    prevalence: Mapping[Label, float]
    note: Mapping[str, Any]


def file_of(folder: Path, card: ExpertCard) -> Path:
    """Where the site's calibration of this version of an expert is kept."""
    return folder / f"{card.name}-{card.version}.json"


def load(path: Path) -> SiteCalibration:
    """Read a site file. Raises ExpertError when it cannot be read or is damaged."""
    try:
        return _parsed(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ExpertError(f"The site's calibration {path} cannot be read: {error.strerror}.") from error
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ExpertError(f"The site's calibration {path} is damaged: {error!r}.") from error


def write(path: Path, card: ExpertCard, content: Mapping[str, Any]) -> None:
    """Write a site file for an expert, whole or not at all: ``content`` is all but the expert's identity.

    Raises ExpertError, as ``apply`` would, when a stated prevalence cannot be applied.
    """
    identity = {"expert": card.name, "version": card.version, "weights_sha256": card.weights_sha256}
    shifts(_parsed({"format": FORMAT, **identity, **content}), card)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps({"format": FORMAT, **identity, **content}, indent=2) + "\n", encoding="utf-8")
    draft.replace(path)


def _parsed(content: Mapping[str, Any]) -> SiteCalibration:
    if content["format"] != FORMAT:
        raise ValueError(f"its format is {content['format']}, this version reads {FORMAT}")
    return SiteCalibration(
        expert=str(content["expert"]),
        version=str(content["version"]),
        weights_sha256=str(content["weights_sha256"]),
        labels={Label(name): label_calibration(entry) for name, entry in content["labels"].items()},
        prevalence={Label(name): checked_share(name, share) for name, share in content["prevalence"].items()},
        note={key: content[key] for key in ("made_at", "films", "patients") if key in content},
    )


def checked_share(name: str, share: object) -> float:
    """Return a prevalence as a number between 0 and 1. Raises ValueError."""
    if isinstance(share, int | float) and 0.0 < share < 1.0:
        return float(share)
    raise ValueError(f"the prevalence of {name} must lie between 0 and 1, not be {share}")


def apply(expert: Expert, folder: Path) -> tuple[Expert, str | None]:
    """Put an expert under the site's calibration where the folder has one for this version and these weights.

    Else return the expert as it is, and a sentence for the operator where the site has a file that is not used. Raises
    ExpertError when the file is damaged, of labels that the expert does not read, or states the prevalence of a label
    whose calibration films' prevalence nobody knows.
    """
    path = file_of(folder, expert.card)
    if not path.is_file():
        return expert, _of_other_version(expert.card, folder)
    site = load(path)
    if (site.expert, site.version, site.weights_sha256) != _identity(expert.card):
        return expert, f"{path} was made for other weights of {expert.card.name} {expert.card.version}; {_ADVICE}"
    note = {"file": path.name, **site.note, "labels": sorted(site.labels), "prevalence": dict(site.prevalence)}
    return Recalibrated(expert, site.labels, shifts(site, expert.card), note), None


def shifts(site: SiteCalibration, card: ExpertCard) -> dict[Label, float]:
    """Difference in log odds between the stated prevalence and that of the films each calibration was fitted on.

    Raises ExpertError when the latter is not known.
    """
    return {label: logit(share) - logit(_fitted_on(site, card, label)) for label, share in site.prevalence.items()}


def _fitted_on(site: SiteCalibration, card: ExpertCard, label: Label) -> float:
    fitted = site.labels.get(label)
    share = prevalence_of(card, label) if fitted is None else fitted.prevalence
    if share is None:
        raise ExpertError(
            f"The prevalence of {label} cannot be applied to {card.name}: nobody wrote down that of the films it was "
            "calibrated on. Calibrate the label on films of your own."
        )
    return share


def _identity(card: ExpertCard) -> tuple[str, str, str]:
    return card.name, card.version, card.weights_sha256


def _of_other_version(card: ExpertCard, folder: Path) -> str | None:
    others = sorted(path.name for path in folder.glob("*.json") if _expert_of(path) == card.name)
    return f"{', '.join(others)} in {folder} is not for {card.name} {card.version}; {_ADVICE}" if others else None


def _expert_of(path: Path) -> str | None:
    """Name of the expert that a file of the folder is for; None where it is no site file."""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["expert"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


_ADVICE = "the shipped calibration is used: run `cxr experts calibrate` again."
