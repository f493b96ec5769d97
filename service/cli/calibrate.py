"""Fit an expert's calibration to a site: its films, its prevalence, its thresholds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from models import site_calibration
from models.base import Expert, ExpertError, GrayImage
from models.evidence import prevalence_of
from models.findings import Label
from models.site_calibration import checked_share
from models.site_fit import Case, LabelFit, fit_site, plan
from service.bootstrap.panel import load_experts
from service.cli.common import settings_or_exit
from service.cli.label_table import LabelledFilm, read_labels
from service.domain.errors import ConfigurationError, FileRejected
from service.imaging.limits import DecodeLimits
from service.imaging.pixels import display
from service.imaging.sandbox import DecodeSandbox
from service.settings import Settings

_EVERY = 100


class Rule(StrEnum):
    """How the threshold is chosen."""

    F1 = "f1"
    YOUDEN = "youden"
    SENSITIVITY = "sensitivity"
    SPECIFICITY = "specificity"


_LABELS = "CSV: image, perhaps patient, then one column a label id with 1, 0, or nothing where it is not known."
_PREVALENCE = "LABEL=SHARE: how often the site meets it, e.g. pneumonia=0.05; for any label, with or without films."


def calibrate(  # noqa: PLR0913 - a command has one parameter an option
    labels: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help=_LABELS)] = None,
    images: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="Folder of the films.")] = None,
    *,
    expert: Annotated[str, typer.Option(help="An active expert's name; may be left out where there is one.")] = "",
    prevalence: Annotated[list[str] | None, typer.Option(metavar="LABEL=SHARE", help=_PREVALENCE)] = None,
    threshold: Annotated[Rule, typer.Option(help="Which of the proposed thresholds to use.")] = Rule.F1,
    sensitivity: Annotated[float, typer.Option(min=0.01, max=1.0, help="Fixed by that rule.")] = 0.9,
    specificity: Annotated[float, typer.Option(min=0.0, max=0.99, help="Fixed by that rule.")] = 0.9,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Of patients, to judge the fit on films left out.")] = 5,
    out: Annotated[Path | None, typer.Option(help="Site file; by default where the service looks for it.")] = None,
) -> None:
    """Refit the calibration on films of your own, propose thresholds, and write the site file that the service loads.

    Nothing is trained and no film leaves this machine. Restart the service to use the file.
    """
    settings = settings_or_exit()
    if (labels is None) is not (images is None) or not (labels or prevalence):
        raise typer.BadParameter("give --labels and --images together, or --prevalence alone, or all three")
    network, shares = _expert(settings, expert), _shares(prevalence or ())
    foreign = set(shares) - set(network.card.labels)
    if foreign:
        raise typer.BadParameter(f"{network.card.name} does not read {', '.join(sorted(foreign))}")
    films = read_labels(labels, images) if labels and images else []
    path = out or site_calibration.file_of(settings.data_dir / site_calibration.FOLDER, network.card)
    try:
        cases = asyncio.run(_read(settings, network, films)) if films else []
        fits = fit_site(cases, network.card.labels, plan(threshold, sensitivity, specificity, folds))
        used = _usable(network, fits, shares) if cases else shares
        site_calibration.write(path, network.card, _content(cases, fits, used, threshold))
    except ExpertError as error:
        raise ConfigurationError(str(error)) from error
    for line in (*_summary(fits, shares, used, threshold), f"Written to {path}. Restart the service to use it."):
        typer.echo(line)


def _expert(settings: Settings, name: str) -> Expert:
    experts = [expert for expert in load_experts(settings) if name in {"", expert.card.name}]
    if len(experts) == 1:
        return experts[0]
    if not experts:
        raise typer.BadParameter(f"no active expert is called {name!r}; CXR_EXPERTS says which are active")
    raise typer.BadParameter(f"say which with --expert: {', '.join(expert.card.name for expert in experts)}")


def _shares(stated: Sequence[str]) -> dict[Label, float]:
    try:
        pairs = [statement.split("=", 1) for statement in stated]
        return {Label(name): checked_share(name, float(share)) for name, share in pairs}
    except ValueError as error:
        raise typer.BadParameter(f"--prevalence is LABEL=SHARE with a share between 0 and 1: {error}") from error


async def _read(settings: Settings, expert: Expert, films: Sequence[LabelledFilm]) -> list[Case]:
    """Read the films as the service would: decoded in the sandbox, shown by their window. Refused files are told."""
    limits = DecodeLimits(timeout_s=settings.decode_timeout_s, memory_bytes=settings.decode_memory_bytes)
    sandbox, cases = DecodeSandbox(limits, 1), []
    await sandbox.start()
    try:
        for number, film in enumerate(films, start=1):
            if number % _EVERY == 0:
                typer.secho(f"{number} of {len(films)} films", dim=True, err=True)
            shown = await _shown(sandbox, film)
            if shown is not None:
                (reading,) = await asyncio.to_thread(expert.read, [shown])
                cases.append(Case(film.patient, film.known, reading.scores))
    finally:
        await sandbox.aclose()
    if not cases:
        raise ConfigurationError("None of the films could be read.")
    return cases


async def _shown(sandbox: DecodeSandbox, film: LabelledFilm) -> GrayImage | None:
    """Return the first frame of a file, or None where it is no film."""
    try:
        decoded = await sandbox.decode(await asyncio.to_thread(film.path.read_bytes), film.path.name)
    except FileRejected as refusal:
        typer.secho(f"left out: {refusal.detail}", fg="yellow", err=True)
        return None
    return display(decoded.images[0])


def _content(
    cases: Sequence[Case], fits: Sequence[LabelFit], shares: Mapping[Label, float], rule: Rule
) -> dict[str, Any]:
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "films": len(cases),
        "patients": len({case.patient for case in cases}),
        "threshold_rule": rule.value,
        "prevalence": dict(shares),
        "labels": {fit.label: _entry(fit) for fit in fits if fit.calibration},
        "kept": {fit.label: fit.kept for fit in fits if fit.kept},
    }


def _entry(fit: LabelFit) -> dict[str, Any]:
    entry = asdict(fit)
    calibration: dict[str, Any] = entry.pop("calibration")
    return calibration | {name: value for name, value in entry.items() if name not in {"label", "kept"}}


def _usable(expert: Expert, fits: Sequence[LabelFit], shares: Mapping[Label, float]) -> dict[Label, float]:
    """Leave out what cannot be applied: hours of reading are not lost for a label that turns out to have few films."""
    known = {fit.label for fit in fits if fit.calibration}
    return {
        label: share
        for label, share in shares.items()
        if label in known or prevalence_of(expert.card, label) is not None
    }


def _summary(
    fits: Sequence[LabelFit], shares: Mapping[Label, float], used: Mapping[Label, float], rule: Rule
) -> Iterator[str]:
    yield "label                      films positive  AUC [95%]            ECE before  after   threshold: sens. / spec."
    for fit in fits:
        head = f"{fit.label:<26} {fit.films:>5} {fit.positive:>8}  "
        yield head + (f"keeps its calibration: {fit.kept}" if fit.kept else _figures(fit))
        for name, proposal in (fit.proposals or {}).items():
            mark = "*" if name == rule else " "
            reached = f"{proposal.sensitivity:.2f} / {proposal.specificity:.2f}"
            yield f"{'':<60} {mark} {name:<12} {proposal.threshold:.4f}: {reached}"
    yield "Figures are of films left out of the fit; * is in use."
    if fits and not shares:
        yield "No prevalence was stated: probabilities hold where the findings are as frequent as in these films."
    for label in (label for label in shares if label not in used):
        yield f"{label}: the stated prevalence is NOT used, as that of the films behind its calibration is not known."
    for label, share in used.items():
        yield f"{label}: probabilities move to a prevalence of {share:g}, thresholds with them; calls stay the same."


def _figures(fit: LabelFit) -> str:
    low, high = fit.auc_interval
    return f"{fit.auc:.3f} [{low:.3f}, {high:.3f}]      {fit.error_before:.3f}  {fit.error_after:.3f}"
