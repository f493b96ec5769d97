"""The embedded expert beside a published DenseNet-121, on the NIH films that both were judged on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from models.evaluation import plots
from models.evaluation.nih import FOLDER, embedded, films_of, scored
from models.evaluation.part import Given, Part, Plot, Table, checks, need
from models.figures import side_by_side
from models.training.published import FILE, published

if TYPE_CHECKING:
    from matplotlib.figure import Figure  # not at run time: matplotlib is an extra

CARD_KEY = "peer"
_HEADER = ("label", "films", "AUC ours", "AUC published", "ours - published [95%]")


def evaluate(given: Given) -> Part:
    """Compare on the same films. Raises MissingDataError, ExpertError."""
    folder, card = embedded()
    films = films_of(given)
    need(given.data / FOLDER / FILE)
    given.say("paired bootstrap against the published predictions")
    again = side_by_side(scored(films, folder), published(given.data / FOLDER, films))
    title = "Side by side with a published DenseNet-121 trained on sixty times the films"
    return Part(
        title=title,
        tables=(_table(again),),
        plots=(Plot("peer-difference", title, lambda figure: _draw(figure, again), (7.0, 5.0)),),
        checks=checks(CARD_KEY, card.details.get(CARD_KEY, {}), again),
    )


def _named(figures: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {**figures["labels"], "mean": figures["mean"]}


def _table(figures: Mapping[str, Any]) -> Table:
    rows = tuple(
        (
            name,
            str(entry.get("positive", figures["films"])),
            f"{entry['auc']:.3f}",
            f"{entry['peer_auc']:.3f}",
            "{:+.3f} [{:+.3f}, {:+.3f}]".format(entry["auc"] - entry["peer_auc"], *entry["difference_interval"]),
        )
        for name, entry in _named(figures).items()
    )
    note = (
        f"{figures['films']} films of {figures['patients']} patients, ours out of fold. The intervals are paired: both "
        "are scored on the same bootstrap samples of patients."
    )
    return Table("The same films, both networks", _HEADER, rows, note)


def _draw(figure: Figure, figures: Mapping[str, Any]) -> None:
    rows = {
        name: [(entry["auc"] - entry["peer_auc"], *entry["difference_interval"])]
        for name, entry in _named(figures).items()
    }
    plots.forest(figure, rows, ["difference"], "AUC ours - AUC published, 95% interval, paired", 0.0)
