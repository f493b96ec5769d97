"""``cxr evaluate reports``: what drafts claim that nobody found, by prompt design and model, without and with guard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from prompts.verbalise import Style
from service.bootstrap.llm import load_models
from service.bootstrap.panel import load_panel
from service.cli.common import settings_or_exit
from service.domain.errors import ConfigurationError
from service.evaluation.reports import pages
from service.evaluation.reports.cache import CachedModel
from service.evaluation.reports.cases import Case, label_cases, openi_cases
from service.evaluation.reports.drafting import NARRATOR, Bench, Record
from service.evaluation.reports.figures import arms
from service.evaluation.reports.films import FilmReader, film_cases
from service.evaluation.reports.mimic import mimic_cases
from service.ports import ChatModel
from service.settings import Settings
from service.usecases.generation import Budget

_LLM = "NAME=URL of an OpenAI-compatible server with a model of that name; may be given more than once."
_DESIGNS = f"Only these prompt designs: {', '.join(Style)}."
_SILENCE_S = 600.0


def reports(  # noqa: PLR0913, PLR0917 - one parameter an option of the command
    data: Annotated[Path, typer.Option(help="Folder that holds one folder of films a set: nih, ...")],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for tables, plots, drafts and kept answers.")],
    studies: Annotated[int, typer.Option(min=1, help="Studies a source.")] = 20,
    llm: Annotated[list[str] | None, typer.Option(help=_LLM)] = None,
    designs: Annotated[list[Style] | None, typer.Option(help=_DESIGNS)] = None,
    archive: Annotated[Path | None, typer.Option(help="NLMCXR_reports.tgz; else torchxrayvision's own.")] = None,
    mimic: Annotated[Path | None, typer.Option(help="MIMIC-CXR as PhysioNet lays it out.")] = None,
    retry_failed: Annotated[bool, typer.Option(help="Ask again where a kept answer is a failure.")] = False,
) -> None:
    """Measure drafts on a fixed list of studies. What a model answered is kept: a run that is broken off goes on."""
    if find_spec("matplotlib") is None:
        raise ConfigurationError("matplotlib is missing: pip install 'cxr-scribe[evaluate]'.")
    settings = settings_or_exit()
    models = {
        name: CachedModel(model, out / "answers", retry_failed=retry_failed)
        for name, model in _models(settings, llm or []).items()
    }
    reader = FilmReader(load_panel(settings), out / "findings", _say)
    cases, limits = _cases(reader, data, studies, archive, mimic)
    bench = Bench(Budget(settings.llm_max_tokens, _SILENCE_S), settings.guard, settings.guard_retries)
    records = asyncio.run(_drafted(bench, cases, models, designs or list(Style)))
    page = pages.write(out, arms(records), records, limits)
    typer.echo((out / "index.md").read_text("utf-8"))
    typer.echo(f"Written to {page}.")


def _models(settings: Settings, named: list[str]) -> Mapping[str, ChatModel]:
    """Return the site's models and those of the command line. Raises ConfigurationError."""
    patient = settings.model_copy(update={"llm_silence_s": _SILENCE_S})
    models = dict(load_models(patient))
    for name, separator, url in (each.partition("=") for each in named):
        if not separator:
            raise ConfigurationError(f"--llm {name} names no server: write NAME=URL.")
        chosen = {"llm": "openai", "llm_model": name, "llm_base_url": url}
        models[f"openai:{name}"] = load_models(patient.model_copy(update=chosen))["openai"]
    return models


def _cases(
    reader: FilmReader, data: Path, count: int, archive: Path | None, mimic: Path | None
) -> tuple[list[Case], list[str]]:
    """Gather what there is; what is missing is said, unless it was asked for by name or nothing is left."""
    sources: list[Callable[[], list[Case]]] = [
        lambda: film_cases(data, count, reader),
        lambda: label_cases(data, count),
        lambda: openi_cases(archive, count),
    ]
    cases, limits = list[Case](), list[str]()
    for source in sources:
        try:
            cases += source()
        except ConfigurationError as error:
            limits.append(error.detail)
            _say(f"left out: {error.detail}")
    if mimic is not None:
        cases += mimic_cases(mimic, count, reader.facts)
    if not cases:
        raise ConfigurationError(" ".join(limits))
    return cases, limits


async def _drafted(
    bench: Bench, cases: list[Case], models: Mapping[str, CachedModel], designs: list[Style]
) -> list[Record]:
    """Write every draft. The narrator knows no designs: it writes once. Raises ConfigurationError."""
    for name, model in models.items():
        if problem := await model.check():
            raise ConfigurationError(f"{name}: {problem}")
    plan = [
        (case, design, model)
        for model in models.values()
        for design in (designs if model.name != NARRATOR else [Style.CALIBRATED])
        for case in cases
    ]
    records = []
    for number, (case, design, model) in enumerate(plan, 1):
        _say(f"{number} of {len(plan)}: {case.id}, {design}, {model.name}")
        records.append(await bench.draft(case, design, model))
    for model in models.values():
        await model.aclose()
    return records


def _say(line: str) -> None:
    """Say on standard error what is being done."""
    typer.secho(line, dim=True, err=True)
