"""Make the anatomy network: ``python -m models.training.anatomy --data ../shared/data --out models/assets/anatomy``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.anatomy import Anatomy
from models.calibrate import LabelCalibration
from models.experts.anatomy import NAME
from models.findings import Label
from models.preprocess import Preprocessing
from models.training.anatomy import card as cards
from models.training.anatomy import figures, films, heldout, unlabelled
from models.training.anatomy.export import export, served, share_of_cells_changed
from models.training.anatomy.fit import Recipe, predict
from models.training.anatomy.folds import resume, train_folds
from models.training.anatomy.network import Segmenter
from models.training.anatomy.nih import rated
from models.training.films import load_films, read_gray
from models.training.lesser import of_anatomy
from models.weights import sha256_of

VERSION = "1.0.0"
RULE = Preprocessing(size=192)
PARITY_FILMS = 40
HELD_OUT = 3
"""Of the five folds: the others are trained on only. More take three minutes of a core each."""


@dataclass(frozen=True, slots=True)
class Made:
    """What training leaves: the network to ship, what its forerunners found on held-out films, how many it saw."""

    network: Segmenter
    held_out: list[heldout.HeldOut]
    labelled: int
    unlabelled: int


def judge(network: Segmenter, labelled: Sequence[films.Labelled], fold: int) -> Iterator[heldout.HeldOut]:
    """Hold a network against the films of the fold that it was not shown."""
    some = [film for film in labelled if film.fold == fold]
    found = predict(network, [film.film for film in some], RULE).astype(np.float32)
    for shares, film in zip(found, some, strict=True):
        yield heldout.HeldOut.of(film, Anatomy.of(shares, film.film.shape))


def train(settings: argparse.Namespace, recipe: Recipe) -> Made:
    """Train the fold networks and measure them on what they were not shown; then train the one to ship on everything.

    The shipped network goes on from the first fold's: the films it adds are the first fold's, and those without masks.
    """
    labelled = films.load(settings.data)
    networks = train_folds(labelled, RULE, recipe, settings.work, settings.folds)
    held_out = [row for fold, network in enumerate(networks) for row in judge(network, labelled, fold)]
    taught = unlabelled.load(settings.data, networks, RULE)
    last = replace(recipe, epochs=settings.last_epochs, rate=recipe.rate / 2, head_rate=recipe.head_rate / 2)
    shipped = resume([*labelled, *taught], RULE, last, settings.work / "shipped.pt", start=networks[0])
    return Made(shipped, held_out, len(labelled), len(taught))


def card_of(made: Made, nih: figures.Rated, recipe: Recipe, folds: int) -> dict[str, Any]:
    """Everything of the card but the hashes of the files."""
    words: dict[str, Any] = json.loads((cards.HERE / "card.json").read_text(encoding="utf-8"))
    training = {
        **words.pop("training"),
        "films": made.labelled,
        "films_without_masks": made.unlabelled,
        "held_out_folds": folds,
        "recipe": asdict(recipe),
    }
    metrics = figures.metrics(made.held_out, nih)
    head = {"name": NAME, "version": VERSION, **words, "labels": [Label.CARDIOMEGALY.value]}
    return {**head, "preprocessing": asdict(RULE), "training": training, "metrics": metrics}


def publish(card: dict[str, Any], made: Made, fitted: LabelCalibration, settings: argparse.Namespace) -> None:
    """Write calibration, table of held-out films, card and the card's page beside the exported network."""
    paths = sorted((settings.data / "jsrt").glob("*.jpg"))[:PARITY_FILMS]
    changed = share_of_cells_changed(made.network, RULE, settings.out, [read_gray(path) for path in paths])
    card["shipped"] = {"how": card["shipped"], "share_of_cells_changed": changed}
    write(settings.out / "calibration.json", {"labels": {Label.CARDIOMEGALY.value: asdict(fitted)}})
    heldout.write(settings.out, made.held_out)
    names = ("model.xml", "model.bin", "calibration.json", heldout.FILE)
    card["files"] = {name: sha256_of(settings.out / name) for name in names}
    write(settings.out / "card.json", card)
    card["precisions"] = of_anatomy(settings.out, load_films(settings.data / "nih").paths)
    write(settings.out / "card.json", card)
    settings.page.write_text(cards.markdown(card), encoding="utf-8")


def write(path: Path, content: dict[str, Any]) -> None:
    """Write JSON that reads well in a diff."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def parse() -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m models.training.anatomy", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds jsrt/, wingspan_ctr/, nih/ ...")
    parser.add_argument("--out", type=Path, required=True, help="folder for the network, its card and calibration")
    parser.add_argument("--page", type=Path, default=Path("docs/cards/anatomy.md"), help="the card for people")
    parser.add_argument("--work", type=Path, default=Path("build/anatomy"), help="checkpoints")
    parser.add_argument("--folds", type=int, default=HELD_OUT, help="folds to hold out, a network each")
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--last-epochs", type=int, default=4, help="epochs of the network to ship, on all films")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    """Train, measure, export."""
    settings = parse()
    torch.set_num_threads(settings.threads)
    for folder in (settings.out, settings.work, settings.page.parent):
        folder.mkdir(parents=True, exist_ok=True)
    recipe = replace(Recipe(), epochs=settings.epochs)
    made = train(settings, recipe)
    export(made.network, RULE.size, settings.out)
    nih = rated(settings.data, served(RULE, settings.out))
    card = card_of(made, nih, recipe, settings.folds)
    fitted = figures.calibration(nih, card["metrics"]["ratio"]["mean_absolute_error"])
    publish(card, made, fitted, settings)
    print(json.dumps(card["metrics"], indent=2))


if __name__ == "__main__":
    main()
