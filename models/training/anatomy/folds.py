"""Networks that are each trained without one fold of the films; resumable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from models.preprocess import Preprocessing
from models.training.anatomy.films import FOLDS, ORGANS, Labelled
from models.training.anatomy.fit import Recipe, fit
from models.training.anatomy.network import Segmenter, build


def train_folds(
    films: Sequence[Labelled], rule: Preprocessing, recipe: Recipe, work: Path, folds: int = FOLDS
) -> list[Segmenter]:
    """Train the networks of the first ``folds`` folds, in their order, each on the films of the other four."""
    return [
        resume([film for film in films if film.fold != fold], rule, recipe, work / f"fold{fold}.pt")
        for fold in range(folds)
    ]


def resume(
    films: Sequence[Labelled], rule: Preprocessing, recipe: Recipe, checkpoint: Path, start: Segmenter | None = None
) -> Segmenter:
    """Load a network that this very recipe trained on as many films, or train it, from ``start``, and keep it."""
    made = {"recipe": asdict(recipe), "rule": asdict(rule), "films": len(films)}
    if checkpoint.is_file():
        kept = torch.load(checkpoint, weights_only=True)
        if kept["made"] == made:
            network = build(len(ORGANS))
            network.load_state_dict(kept["state"])
            network.eval()
            return network
    print(f"training {checkpoint.stem} on {len(films)} films", flush=True)
    network = fit(films, rule, recipe, start)
    torch.save({"made": made, "state": network.state_dict()}, checkpoint)
    return network
