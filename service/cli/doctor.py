"""Say what the settings are, where each comes from, and whether the service would work with them."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Collection

import typer
from dotenv import dotenv_values
from pydantic import SecretStr

from service.bootstrap.llm import load_models
from service.bootstrap.panel import load_experts
from service.bootstrap.site import load_words
from service.cli.common import settings_or_exit
from service.domain.errors import ConfigurationError, ServiceError
from service.settings import Settings
from service.storage.blobs import blobs_problem
from service.storage.folders import folder_problem
from service.storage.schema import start_problem

_CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")  # user and password of a URL
_PREFIX = str(Settings.model_config["env_prefix"])
_FILE = str(Settings.model_config["env_file"])


def doctor() -> None:
    """Print each setting with its source, then what works and what does not; exit status 1 when something does not."""
    settings = settings_or_exit()
    in_file = {key.upper() for key in dotenv_values(_FILE)}
    for name in Settings.model_fields:
        shown = _shown(getattr(settings, name))
        typer.echo(f"{_PREFIX}{name.upper():<24} {shown:<32} {_source(_PREFIX + name.upper(), in_file)}")
    typer.echo("")
    given = in_file | {key.upper() for key in os.environ}
    unknown = sorted(key for key in given if key.startswith(_PREFIX) and not _known(key))
    problems = [f"{key} ({_source(key, in_file)}) is no setting of this version" for key in unknown]
    problems += asyncio.run(_problems(settings))
    for problem in problems:
        typer.secho(f"problem: {problem}", fg="red")
    if problems:
        raise typer.Exit(1)
    typer.echo("Everything works.")


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(set)"
    return "-" if value is None else _CREDENTIALS.sub("***@", str(value))


def _source(key: str, in_file: Collection[str]) -> str:
    if key in {name.upper() for name in os.environ}:
        return "environment"
    return _FILE if key in in_file else "default"


def _known(key: str) -> bool:
    return key.removeprefix(_PREFIX).lower() in Settings.model_fields


async def _problems(settings: Settings) -> list[str]:
    found = {
        "CXR_DATA_DIR": folder_problem(settings.data_dir),
        "CXR_DATABASE_URL": await start_problem(settings.database),
        "CXR_BLOB_URL": await blobs_problem(settings.blobs),
    }
    problems = [f"{name}: {wrong}" for name, wrong in found.items() if wrong]
    return [*problems, *_loading(load_words, settings), *_loading(load_experts, settings), *await _models(settings)]


def _loading(load: Callable[[Settings], object], settings: Settings) -> list[str]:
    """Say what is wrong with a part that the settings name, by loading it."""
    try:
        load(settings)
    except ServiceError as error:
        return [error.detail]
    return []


async def _models(settings: Settings) -> list[str]:
    try:
        models = load_models(settings)
    except ConfigurationError as error:
        return [error.detail]
    problems = []
    for model in models.values():
        if wrong := await model.check():
            problems.append(f"{model.name}: {wrong}")
        await model.aclose()
    return problems
