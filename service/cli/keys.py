"""API keys, for ``CXR_AUTH=keys``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from service.bootstrap.services import SystemClock
from service.cli.common import settings_or_exit
from service.ports import Storage
from service.storage.schema import migrate
from service.storage.sql import open_storage
from service.usecases.keys import create_key, list_keys, revoke_key

T = TypeVar("T")
app = typer.Typer(help="API keys, for CXR_AUTH=keys.", no_args_is_help=True, add_completion=False)
Name = Annotated[str, typer.Argument(help="Who will use it: a person, a ward, a PACS.")]


@app.command()
def create(name: Name) -> None:
    """Make a key and print it: it is not kept and cannot be shown again."""
    typer.echo(_with_storage(lambda storage: create_key(storage, SystemClock(), name)))


@app.command("list")
def list_() -> None:
    """List the keys by name."""
    for key in _with_storage(list_keys):
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
        typer.echo(f"{key.name}\t{key.id}\tmade {key.created_at:%Y-%m-%d}\t{state}")


@app.command()
def revoke(name: Name) -> None:
    """End a key at once."""
    _with_storage(lambda storage: revoke_key(storage, SystemClock(), name))
    typer.echo(f"The key of {name} is revoked.")


def _with_storage(work: Callable[[Storage], Awaitable[T]]) -> T:
    settings = settings_or_exit()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def run() -> T:
        await migrate(settings.database)
        storage = open_storage(settings.database)
        try:
            return await work(storage)
        finally:
            await storage.aclose()

    return asyncio.run(run())
