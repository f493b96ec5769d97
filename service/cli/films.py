"""Report on films, or talk about one, at the terminal: nothing is kept after."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from prompts.narrate import narrate
from service.bootstrap.services import Services, build
from service.cli.common import settings_or_exit
from service.domain.access import Principal
from service.domain.conversation import Turn
from service.domain.errors import Rejected
from service.domain.study import Study
from service.imaging.pixels import SourceFile
from service.jobs.progress import follow
from service.logs import configure
from service.ports import DraftJob, Progress
from service.usecases.draft import authorship, first_job
from service.usecases.facts import facts_of, finding_json
from service.usecases.generation import FellBack, Piece
from service.usecases.ingest import Labelling
from service.usecases.lookup import report_of, study_of

_CALLER = Principal("terminal", "terminal")
_FILE = "DICOM, PNG, JPEG, TIFF, or a zip of these."
_INDICATION = "The clinical question, as on the request form."


def report(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help=_FILE)],
    indication: Annotated[str | None, typer.Option(help=_INDICATION)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print findings and report as JSON.")] = False,
) -> None:
    """Draft the report of one study, whose images are the FILES; it is printed as it is written."""

    async def run() -> None:
        async with _ephemeral() as services:
            study, job = await _read(services, files, indication)
            async for progress in follow(services.jobs, services.progress, job):
                if not as_json:
                    await _print(services, progress)
            if as_json:
                typer.echo(json.dumps(await _as_json(services, study.id, job.report_id), indent=2, ensure_ascii=False))

    asyncio.run(run())


def chat(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=_FILE)],
    indication: Annotated[str | None, typer.Option(help=_INDICATION)] = None,
) -> None:
    """Draft the report of a film, then answer questions about it until an empty line or the end of input."""

    async def run() -> None:
        async with _ephemeral() as services:
            study, job = await _read(services, [file], indication)
            async for progress in follow(services.jobs, services.progress, job):
                await _print(services, progress)
            while question := (await asyncio.to_thread(_ask)).strip():
                await _answer(services, study.id, question)

    asyncio.run(run())


@asynccontextmanager
async def _ephemeral() -> AsyncIterator[Services]:
    """Open a whole service over a folder that goes away, so that a server on the real one is not disturbed."""
    with tempfile.TemporaryDirectory(prefix="cxr-") as folder:
        changed = {"data_dir": Path(folder), "database_url": None, "blob_url": None, "log_level": "error"}
        settings = settings_or_exit().model_copy(update=changed)
        configure(settings)
        _say("Loading the experts ...")
        async with build(settings) as services:
            yield services


async def _read(services: Services, paths: list[Path], indication: str | None) -> tuple[Study, DraftJob]:
    sources = [SourceFile(path.name, path.read_bytes()) for path in paths]
    _say(f"Reading {len(sources)} file{'s' if len(sources) > 1 else ''} ...")
    study, _ = await services.ingest.take(sources, Labelling(indication=indication), _CALLER)
    return study, first_job(study, draft=True)


async def _print(services: Services, progress: Progress) -> None:
    """Print the sections that the service writes before the words of the model, and its failure where it fails."""
    data = progress.data
    match progress.event, data.get("stage"):
        case "stage", "writing":
            _say(f"{services.writer.model().name} writes ...")
            head = narrate(facts_of(await study_of(services.storage, progress.study_id)), site=services.words)
            typer.echo(f"INDICATION: {head.indication}\nTECHNIQUE: {head.technique}\nCOMPARISON: {head.comparison}\n")
        case "stage", "fallback":
            typer.echo(f"\n\n[The language model failed ({data['reason']}): {data['detail']} The narrator writes.]\n")
        case "delta", _:
            typer.echo(data["text"], nl=False)
        case "done", _:
            typer.echo(f"\n\n-- Draft by {data['written_by']}. For research; not a medical device.")


async def _answer(services: Services, study_id: str, message: str) -> None:
    try:
        question = await services.converse.ask(study_id, message, _CALLER)
    except Rejected as refusal:
        typer.echo(refusal.detail)
        return
    async for event in services.converse.answer(question):
        match event:
            case Piece(text):
                typer.echo(text, nl=False)
            case FellBack(fallback):
                typer.echo(f"\n[The language model failed ({fallback.reason}): {fallback.detail}]")
            case Turn():
                typer.echo("\n")


async def _as_json(services: Services, study_id: str, report_id: str) -> dict[str, object]:
    study, report = await study_of(services.storage, study_id), await report_of(services.storage, report_id)
    return {
        "findings": [finding_json(finding) for finding in study.findings],
        "sections": asdict(report.sections),
        **authorship(report),
    }


def _ask() -> str:
    try:
        return input("? " if sys.stdin.isatty() else "")
    except EOFError:
        return ""


def _say(line: str) -> None:
    """Say on standard error what is being done."""
    typer.secho(line, dim=True, err=True)
