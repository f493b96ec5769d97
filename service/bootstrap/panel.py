"""Which networks read the films of this site: by the settings, through the same door as outsiders."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import structlog

from models import site_calibration
from models.base import Expert, ExpertError, Segmenter
from models.experts import zoo
from models.gate import load_gate
from models.panel import Panel
from service.domain.errors import ConfigurationError
from service.plugins import load
from service.settings import Settings

_log = structlog.get_logger()

EXPERTS = "cxr.experts"
SEGMENTERS = "cxr.segmenters"
FILE = "file:"
"""Before the folder of a network that comes with a card and without code."""


_ahead: list[tuple[Settings, Future[Panel]]] = []


def begin_panel(settings: Settings) -> None:
    """Begin to load the panel, for the ``load_panel`` of the same settings that follows.

    Networks are compiled outside the interpreter's lock: meanwhile a process imports what else it needs.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="panel-ahead")
    _ahead.append((settings, thread.submit(_panel, settings)))
    thread.shutdown(wait=False)


def load_panel(settings: Settings) -> Panel:
    """Return the experts of the settings with the segmenter and the gate before them. Raises ConfigurationError."""
    begun = [future for of, future in _ahead if of == settings]
    _ahead.clear()
    return begun[-1].result() if begun else _panel(settings)


def _panel(settings: Settings) -> Panel:
    with ThreadPoolExecutor(2) as threads:  # networks are compiled outside the interpreter's lock
        organs = threads.submit(load_segmenter, settings)
        experts = [_at_this_site(expert, settings) for expert in load_experts(settings)]
        try:
            return Panel(experts, organs.result(), load_gate({}))
        except ExpertError as error:
            raise ConfigurationError(f"The gate cannot be used: {error}") from error


def load_segmenter(settings: Settings) -> Segmenter:
    """Return the network of the organs. Raises ConfigurationError."""
    try:
        segmenter: Segmenter = _plugged(SEGMENTERS, settings.segmenter, settings)
    except ExpertError as error:
        raise ConfigurationError(f"CXR_SEGMENTER: {error}") from error
    return segmenter


def load_experts(settings: Settings) -> tuple[Expert, ...]:
    """Return the active experts, as they were shipped.

    ``auto`` is the zoo's DenseNet when it was pulled, else the embedded expert. Raises ConfigurationError.
    """
    try:
        return tuple(_plugged(EXPERTS, name, settings) for name in _names(settings))
    except ExpertError as error:
        raise ConfigurationError(f"CXR_EXPERTS: {error}") from error


def _names(settings: Settings) -> list[str]:
    if settings.experts != "auto":
        return [name.strip() for name in settings.experts.split(",")]
    return [zoo.DEFAULT if zoo.is_pulled(zoo.DEFAULT, settings.pulled_dir) else "embedded"]


def _plugged(group: str, name: str, settings: Settings) -> Any:  # noqa: ANN401 - what a plug builds, its group says
    """Build what a setting names: a folder, a pulled network of the zoo, or a plug."""
    options = _runtime(name, settings)
    if name.startswith(FILE):
        return load(group, "file")({**options, "folder": name.removeprefix(FILE)})
    if name in zoo.catalogue():
        return load(group, "zoo")({**options, "folder": str(settings.pulled_dir), "name": name})
    return load(group, name)(options)


def _runtime(name: str, settings: Settings) -> Mapping[str, str]:
    """Return the runtime's options; those left at their defaults are not passed, for an outsider may not know them."""
    options = {"threads": str(settings.expert_threads), "cache_dir": str(settings.cache_dir)}
    chosen = {"device": settings.expert_device, "precision": _precision(name, settings)}
    return options | {name: value for name, value in chosen.items() if value not in {"auto", "f32"}}


def _precision(name: str, settings: Settings) -> str:
    stated = settings.precisions
    if idle := set(stated) - {"", *_names(settings), settings.segmenter}:
        raise ConfigurationError(f"CXR_EXPERT_PRECISION names {', '.join(sorted(idle))}, which is not active.")
    return stated.get(name, stated[""])


def _at_this_site(expert: Expert, settings: Settings) -> Expert:
    """Put an expert under the site's own calibration, where it has one."""
    try:
        calibrated, unused = site_calibration.apply(expert, settings.data_dir / site_calibration.FOLDER)
    except ExpertError as error:
        raise ConfigurationError(f"The site's calibration cannot be used: {error}") from error
    if unused:
        _log.warning("calibration.unused", why=unused)
    return calibrated
