"""Say what the settings are, where each comes from, and whether the service would work with them."""

from __future__ import annotations

import asyncio
import os
import re

import typer
from dotenv import dotenv_values
from pydantic import SecretStr

from service.bootstrap import load_experts, load_models
from service.cli.common import settings_or_exit
from service.domain.errors import ConfigurationError, ServiceError
from service.settings import Settings

_CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")  # user and password of a URL
_PREFIX = str(Settings.model_config["env_prefix"])


def doctor() -> None:
    """Print each setting with its source, then what works and what does not; exit status 1 when something does not."""
    settings = settings_or_exit()
    for name in Settings.model_fields:
        typer.echo(f"{_PREFIX}{name.upper():<24} {_shown(getattr(settings, name)):<32} {_source(name)}")
    typer.echo("")
    unknown = sorted(key for key in os.environ if key.startswith(_PREFIX) and not _known(key))
    problems = [f"{key} is no setting of this version" for key in unknown]
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


def _source(name: str) -> str:
    key = _PREFIX + name.upper()
    if key in os.environ:
        return "environment"
    in_file = {found.upper() for found in dotenv_values(".env")}
    return ".env" if key in in_file else "default"


def _known(key: str) -> bool:
    return key.removeprefix(_PREFIX).lower() in Settings.model_fields


async def _problems(settings: Settings) -> list[str]:
    problems = [line for line in (_folder(settings), _experts(settings)) if line]
    try:
        models = load_models(settings)
    except ConfigurationError as error:
        return [*problems, error.detail]
    for model in models.values():
        if wrong := await model.check():
            problems.append(f"{model.name}: {wrong}")
        await model.aclose()
    return problems


def _folder(settings: Settings) -> str | None:
    parent = next(
        folder for folder in (settings.data_dir.absolute(), *settings.data_dir.absolute().parents) if folder.exists()
    )
    return (
        None if parent.is_dir() and os.access(parent, os.W_OK) else f"CXR_DATA_DIR: nothing can be written in {parent}"
    )


def _experts(settings: Settings) -> str | None:
    try:
        load_experts(settings)
    except ServiceError as error:
        return error.detail
    return None
