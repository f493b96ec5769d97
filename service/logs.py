"""Structured logs: JSON for machines, colours for a terminal; both through structlog, the libraries' own lines too."""

from __future__ import annotations

import logging
import sys

import structlog

from service.settings import Settings

_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
_LOUD = ("uvicorn.access", "httpx", "httpcore", "openai", "alembic")  # they log URLs, queries and bodies


def configure(settings: Settings) -> None:
    """Send every log line to standard error in the form that the settings ask for."""
    console = settings.log_format == "console" or (settings.log_format == "auto" and sys.stderr.isatty())
    # Exceptions are printed without local variables: these hold pixels, names and keys.
    render: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    root.setLevel(max(level, logging.INFO))  # debug lines of libraries hold what goes into the database and to a model
    logging.getLogger("service").setLevel(level)
    dbos = logging.getLogger("dbos")
    dbos.handlers, dbos.propagate = [handler], False  # without one it makes its own, in a form of its own
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
