"""Networks of several recipes as one, by what they say of films that none of them saw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.preprocess import Planes, Preprocessing, network_input
from models.statistics import Floats, auc
from models.training.films import Films, read_gray
from models.training.fit import Recipe, Said, look
from models.training.folds import Trained, average
from models.training.heart import COLUMN, Hearts, Lean, crosswise, fit_lean, hearts
from models.training.network import Early, Late
from models.training.shares import joined, joined_maps, one_scale, shares_of

UNSEEN = ("jsrt", "hannover_covid", "covid_cxnet")
UNSEEN_EACH = 150
RULE = Preprocessing(size=Recipe().size)
"""How a film is prepared, for every recipe alike: their maps lie on one another."""


@dataclass(frozen=True, slots=True)
class Member:
    """The networks of one recipe, and what they say of films that none of them saw.

    ``mean`` is the network whose weights are the mean of the fold networks'; ``ours`` are its words, ``theirs`` those
    of each fold network.
    """

    trained: Trained
    mean: Late
    theirs: tuple[Said, ...]
    ours: Said

    @property
    def shipped(self) -> tuple[Early, Late]:
        """Both parts of the network that is shipped."""
        return self.trained.early, self.mean

    @property
    def fold_logits(self) -> Floats:
        """Logits (folds, unseen films, labels)."""
        return np.stack([said.logits for said in self.theirs])


def member(trained: Trained, unseen: Tensor) -> Member:
    """Average the fold networks; ``unseen`` are early activations of films that none of them saw."""
    mean = average(trained.lates).to(memory_format=torch.channels_last)
    return Member(trained, mean, tuple(look(fold, unseen) for fold in trained.lates), look(mean, unseen))


def unseen_films(data: Path) -> list[Planes]:
    """Films of other *train* sets as network inputs: no network saw them, and their labels are not used."""
    paths: Iterable[Path] = (path for name in UNSEEN for path in sorted((data / name).glob("*.jpg"))[:UNSEEN_EACH])
    return [network_input(read_gray(path), RULE) for path in paths]


def activations(films: Sequence[Planes], early: Early) -> Tensor:
    """Early activations of network inputs, (films, channels, h, w), in half precision."""
    planes = (torch.from_numpy(film).contiguous(memory_format=torch.channels_last) for film in films)
    with torch.inference_mode():
        return torch.cat([early(film).half() for film in planes])


@dataclass(frozen=True, slots=True)
class Together:
    """The recipes' networks as one: logits by the fold networks, of their own films and of unseen ones; the lean.

    ``judged`` (films, labels) is what the card's figures are of; ``theirs`` (folds, unseen films, labels) and ``ours``
    (unseen films, labels) are what ``ship`` aligns. ``maps`` are (films, labels, rows, columns). ``auc_without``: that
    of cardiomegaly without its lean.
    """

    shares: Floats
    lean: Lean
    hearts: Hearts
    auc_without: float
    judged: Floats
    theirs: Floats
    ours: Floats
    maps: Floats
    seer: int


def together(films: Films, members: Sequence[Member], unseen: Sequence[Planes], seer: int) -> Together:
    """Join the members, put the fold networks on one scale, let cardiomegaly lean on the width of the heart.

    ``seer`` is the number of the member that knows the view.
    """
    shares = shares_of([each.fold_logits for each in members])
    theirs = joined(shares, [each.fold_logits for each in members])
    ours = joined(shares, [each.ours.logits for each in members])
    judged = one_scale(films.folds, joined(shares, [each.trained.said.logits for each in members]), theirs)
    maps = joined_maps(shares, [each.trained.said.maps for each in members])
    cells = maps.shape[-1]
    seen = hearts((network_input(read_gray(path), RULE) for path in films.paths), RULE.size, cells)
    beside = hearts(unseen, RULE.size, cells)
    knows = members[seer]
    known = (films.targets[:, COLUMN].astype(np.float64), judged[:, COLUMN].copy(), seen.ratios, knows.trained.said.ap)
    lean, shifts = fit_lean(*known), crosswise(*known, films.folds)
    judged[:, COLUMN] += shifts
    maps[:, COLUMN] += shifts[:, None, None] * seen.places
    theirs[..., COLUMN] += np.stack([lean.shift(beside.ratios, said.ap) for said in knows.theirs])
    ours[:, COLUMN] += lean.shift(beside.ratios, knows.ours.ap)
    return Together(shares, lean, seen, auc(*known[:2]), judged, theirs, ours, maps, seer)
