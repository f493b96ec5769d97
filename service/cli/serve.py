"""Run the service; bring its database up to date."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
from typing import Annotated

import typer

from service.bootstrap.folder import make_data_dir
from service.bootstrap.panel import begin_panel
from service.cli.common import settings_or_exit
from service.domain.errors import ConfigurationError
from service.logs import configure
from service.settings import Settings

_SHUTDOWN_S = 10


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Serve the API and the page."""
    settings = settings_or_exit()
    check_host(settings, host)
    configure(settings)
    gc.disable()  # until the service is ready, as in ``main``
    if settings.data_dir.is_dir():  # else it is made, for us alone, once all settings are known to be right
        begin_panel(settings)
    import uvicorn  # noqa: PLC0415 - not before the networks are begun, nor for `cxr --help`

    typer.echo(f"cxr-scribe on http://{host}:{port}  (API at /docs; Ctrl-C stops)", err=True)
    uvicorn.run(
        "service.web.app:from_environment",  # by name: the two faces, web and cli, do not import each other
        factory=True,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )


def migrate() -> None:
    """Bring the database up to this version."""
    from service.storage.schema import migrate as upgrade  # noqa: PLC0415 - as above

    settings = settings_or_exit()
    make_data_dir(settings)
    applied = asyncio.run(upgrade(settings.database))
    typer.echo(f"Applied: {', '.join(applied)}" if applied else "The database is up to date.")


def check_host(settings: Settings, host: str) -> None:
    """Raise ConfigurationError when nobody must say who he is and others than this machine could call."""
    if settings.auth == "off" and not _is_loopback(host):
        raise ConfigurationError(
            f"CXR_AUTH=off serves this machine only, and {host} is not loopback: "
            "make keys with `cxr keys create NAME` and set CXR_AUTH=keys."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
