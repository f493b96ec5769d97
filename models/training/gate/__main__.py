"""Make the gate's network and card: ``python -m models.training.gate --data DATA --others POOL --out FOLDER``.

``--data`` holds the training films (one folder a set), ``--others`` what ``models.training.gate.collect`` made,
``--work`` keeps the networks of the folds, so that an interrupted run goes on where it stopped. Seeded throughout.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from models.gate.keeper import NETWORK
from models.training.gate.card import card_of
from models.training.gate.fit import Recipe, fit
from models.training.gate.folds import out_of_fold
from models.training.gate.network import save
from models.training.gate.points import choose
from models.training.gate.pool import Pool, digest, gather
from models.weights import CARD, sha256_of

SEED = 7


def make(pool: Pool, recipe: Recipe, work: Path, out: Path) -> None:
    """Train the networks of the folds, choose the operating points, train the one that is shipped, write both."""
    seen = out_of_fold(pool, recipe, work)
    points = choose(pool, seen.upright)
    save(fit(pool, np.ones(len(pool.known), dtype=np.bool_), recipe), out / NETWORK)
    card = card_of(pool, seen, points, digest(pool)) | {"files": {NETWORK: sha256_of(out / NETWORK)}}
    (out / CARD).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(json.dumps(card["operating_points"], indent=1))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--others", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for folder in (asked.work, asked.out):
        folder.mkdir(parents=True, exist_ok=True)
    make(gather(asked.data, asked.others, SEED), Recipe(), asked.work, asked.out)


if __name__ == "__main__":
    main()
