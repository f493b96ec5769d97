"""Make the embedded expert: ``python -m models.training --data ../shared/data --out models/assets/embedded``."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models import out_of_fold
from models.figures import Scored, metrics, side_by_side
from models.findings import Label
from models.fit_calibration import Alignment, Fitted, align, doubt, fit_label
from models.preprocess import Preprocessing, network_input
from models.statistics import Floats
from models.training import card as cards
from models.training.export import export, largest_difference
from models.training.films import LABELS, Films, load_films, read_gray
from models.training.fit import Recipe, predict
from models.training.folds import Trained, average, train
from models.training.network import Early, Late
from models.training.published import published
from models.weights import sha256_of

UNSEEN = ("jsrt", "hannover_covid", "covid_cxnet")
UNSEEN_EACH = 150
VERSION = "2.0.0"


@dataclass(frozen=True, slots=True)
class Shipped:
    """The network to ship and how its scores relate to those of the fold networks, by label."""

    late: Late
    aligned: dict[Label, Alignment]
    fitted: dict[Label, Fitted]
    doubts: dict[Label, tuple[float, float]]
    unseen: int


def unseen_activations(data: Path, early: Early, rule: Preprocessing) -> torch.Tensor:
    """Early activations of films of other *train* sets: no network saw them, and their labels are not used."""
    paths: Iterable[Path] = (path for name in UNSEEN for path in sorted((data / name).glob("*.jpg"))[:UNSEEN_EACH])
    films = (torch.from_numpy(network_input(read_gray(path), rule)) for path in paths)
    with torch.inference_mode():
        return torch.cat([early(film.contiguous(memory_format=torch.channels_last)).half() for film in films])


def one_scale(films: Films, logits: Floats, theirs: Floats) -> Floats:
    """Out-of-fold logits (films, labels) as if one network had said them all.

    Each fold network's logits are moved, label by label, to the five networks' common mean and standard deviation on
    films that none of them saw, ``theirs`` (folds, unseen films, labels). No label of any film is used.
    """
    means, deviations = theirs.mean(axis=1), theirs.std(axis=1)
    common = np.sqrt((deviations**2).mean(axis=0))
    return np.asarray((logits - means[films.folds]) / deviations[films.folds] * common + means.mean(axis=0))


def ship(films: Scored, trained: Trained, unseen: torch.Tensor, theirs: Floats) -> Shipped:
    """Average the fold networks, fit the calibration on their out-of-fold scores, align the average to them."""
    late = average(trained.lates)
    ours = predict(late.to(memory_format=torch.channels_last), unseen)
    columns = {label: i for i, label in enumerate(LABELS)}
    fitted = {label: fit_label(films.targets[:, i], films.logits[:, i], films.patients) for label, i in columns.items()}
    return Shipped(
        late=late,
        aligned={label: align(ours[:, i], theirs[:, :, i]) for label, i in columns.items()},
        fitted=fitted,
        doubts={label: doubt(fitted[label], theirs[:, :, i]) for label, i in columns.items()},
        unseen=len(unseen),
    )


def card_of(films: Scored, soft: Floats, recipe: Recipe, shipped: Shipped) -> dict[str, Any]:
    """Everything of the card but the hashes of the files."""
    words: dict[str, Any] = json.loads((cards.HERE / "card.json").read_text(encoding="utf-8"))
    training = {
        **words.pop("training"),
        "films": len(films.targets),
        "patients": len(np.unique(films.patients)),
        "recipe": asdict(recipe),
    }
    return {
        "name": "embedded",
        "version": VERSION,
        **words,
        "labels": list(LABELS),
        "preprocessing": asdict(Preprocessing(size=recipe.size)),
        "training": training,
        "metrics": metrics(films),
        "peer": side_by_side(films, soft),
        "shipped": {
            "how": words["shipped"],
            "unseen_films": shipped.unseen,
            "smallest_correlation": min(aligned.correlation for aligned in shipped.aligned.values()),
        },
    }


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that reads well in a diff."""
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def publish(card: dict[str, Any], films: Films, trained: Trained, shipped: Shipped, settings: Settings) -> None:
    """Export the network, then write calibration, card and the card's page."""
    rule = Preprocessing(size=settings.recipe.size)
    export(trained.early, shipped.late, rule.size, settings.out)
    some = [network_input(read_gray(path), rule) for path in films.paths[:100]]
    card["shipped"]["largest_difference"] = largest_difference(trained.early, shipped.late, settings.out, some)
    calibrated = cards.calibration(shipped.fitted, shipped.aligned, shipped.doubts)
    write(settings.out / "calibration.json", calibrated)
    names = ("model.xml", "model.bin", "calibration.json")
    card["files"] = {name: sha256_of(settings.out / name) for name in names}
    write(settings.out / "card.json", card)
    settings.page.write_text(cards.markdown(card, calibrated), encoding="utf-8")


def keep_maps(films: Films, trained: Trained, boxes: Path, folder: Path) -> None:
    """Write the out-of-fold maps of the films that radiologists boxed, for ``models.evaluation.localise``."""
    with boxes.open(newline="", encoding="utf-8") as file:
        boxed = {Path(row["Image Index"]).stem for row in csv.DictReader(file)}
    rows = [row for row, path in enumerate(films.paths) if path.stem in boxed]
    images = np.array([films.paths[row].stem for row in rows])
    np.savez_compressed(
        folder / "out_of_fold_maps.npz", images=images, labels=np.array(LABELS, dtype=str), maps=trained.maps[rows]
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
    recipe: Recipe


def parse() -> Settings:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds nih/ and the other sets")
    parser.add_argument("--out", type=Path, required=True, help="folder for the network, its card and calibration")
    parser.add_argument("--page", type=Path, default=Path("docs/cards/embedded.md"), help="the card for people")
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="cache and checkpoints")
    parser.add_argument("--boxes", type=Path, help="BBox_List_2017.csv: keep the maps of the films it names")
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--copies", type=int, default=Recipe().copies, help="augmented copies of each film")
    given = vars(parser.parse_args())
    return Settings(recipe=replace(Recipe(), epochs=given.pop("epochs"), copies=given.pop("copies")), **given)


def main() -> None:
    """Train, measure, export."""
    settings = parse()
    for folder in (settings.out, settings.work, settings.page.parent):
        folder.mkdir(parents=True, exist_ok=True)
    films, rule = load_films(settings.data / "nih"), Preprocessing(size=settings.recipe.size)
    soft = published(settings.data / "nih", films)
    trained = train(films, soft, rule, settings.recipe, settings.work)
    unseen = unseen_activations(settings.data, trained.early, rule)
    theirs = np.stack([predict(fold, unseen) for fold in trained.lates])
    judged = scored(films, one_scale(films, trained.logits, theirs))
    out_of_fold.write(settings.out, (path.name for path in films.paths), LABELS, judged.logits)
    if settings.boxes is not None:
        keep_maps(films, trained, settings.boxes, settings.out)
    shipped = ship(judged, trained, unseen, theirs)
    card = card_of(judged, soft, settings.recipe, shipped)
    publish(card, films, trained, shipped, settings)
    print(f"mean AUC {card['metrics']['mean_auc']} {card['metrics']['mean_auc_interval']}")


if __name__ == "__main__":
    main()
