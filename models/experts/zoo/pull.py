"""Fetch a published network, convert it once, hold it against the original, and put it where the service finds it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from models.base import ExpertError
from models.classifier import Framing
from models.download import Patience, Progress, download, quiet
from models.experts.zoo import card, films
from models.experts.zoo.catalogue import Entry
from models.weights import sha256_of

DOWNLOADS = ".downloads"


@dataclass(frozen=True, slots=True)
class Order:
    """How to pull.

    ``source`` is a file that is here already, instead of the download; ``url`` another place to fetch it from (a
    mirror). ``sha256`` is what the file must have; ``trust`` runs whatever a checkpoint says, and asks for ``sha256``.
    ``images`` is a folder of films to compare the networks on.
    """

    source: Path | None = None
    url: str | None = None
    sha256: str | None = None
    trust: bool = False
    images: Path | None = None
    progress: Progress = quiet
    patience: Patience = field(default_factory=Patience)


def pull(entry: Entry, folder: Path, order: Order) -> Path:
    """Make ``folder``/``entry.name`` and return it: whole and checked, or as it was before.

    Raises ExpertError, which says what to do: the file cannot be fetched, is another one, is no checkpoint of this
    network, or its conversion differs from the original by ``convert.LIMIT`` or more.
    """
    if order.trust and not order.sha256:
        raise ExpertError("--trust runs what the file says: give the --sha256 that its publisher states, too.")
    _need_torch()
    target = folder / entry.name
    pinned = order.sha256 or entry.sha256
    checkpoint, actual = _checkpoint(entry, folder, order, pinned or card.first_hash(target))
    try:
        with _replacing(target) as staged, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library's code uses what torch has deprecated
            _convert(entry, checkpoint, staged, order, (actual, pinned is not None))
    finally:
        if order.source is None:
            checkpoint.unlink()
    return target


def _need_torch() -> None:
    from importlib.util import find_spec  # noqa: PLC0415 - read where it is used once

    if missing := [name for name in ("torch", "torchvision", "torchxrayvision") if find_spec(name) is None]:
        raise ExpertError(
            f"Pulling needs {', '.join(missing)}: pip install 'cxr-scribe[zoo]' (about 6 GB; the service does not need "
            "it), or pull on another machine and copy the folder of the expert."
        )


def _checkpoint(entry: Entry, folder: Path, order: Order, expected: str | None) -> tuple[Path, str]:
    """Return the file with its hash."""
    if order.source is not None:
        actual = sha256_of(order.source)
        if expected is not None and actual != expected.lower():
            raise ExpertError(_other_file(str(order.source), actual, expected))
        return order.source, actual
    url = order.url or entry.url
    if url is None:
        raise ExpertError(
            f"{entry.name} is not published as one file: get it from {entry.where}, then give it with --from."
        )
    path = folder / DOWNLOADS / entry.filename
    return path, download(url, path, sha256=expected, progress=order.progress, patience=order.patience)


def _other_file(file: str, actual: str, expected: str) -> str:
    return (
        f"{file} is another file than expected: SHA-256 is {actual}, not {expected}. If the publisher has replaced the "
        f"weights, give the new hash: --sha256 {actual}"
    )


def _convert(entry: Entry, checkpoint: Path, staged: Path, order: Order, seen: tuple[str, bool]) -> None:
    from models.experts.zoo import convert, library  # noqa: PLC0415 - they need torch, which serving does not

    sha256, pinned = seen
    original = library.load(entry, checkpoint, trust=order.trust)
    convert.export(entry, convert.served(entry, original), staged)
    sample = films.of_folder(order.images) if order.images is not None else films.drawn()
    difference = convert.largest_difference(entry, original, staged, sample)
    if not difference < convert.LIMIT:
        raise ExpertError(
            f"The converted {entry.name} differs from the original by {difference:.2g} on {len(sample.images)} "
            f"{sample.kind} films; {convert.LIMIT:g} is allowed. It is not kept: please report this, with `pip list`."
        )
    if not entry.segments:
        card.write_calibration(entry, original.operating_points, staged)
    parity = {
        "films": len(sample.images),
        "kind": sample.kind,
        "largest_difference": difference,
        "limit": convert.LIMIT,
    }
    provenance = card.Provenance(order.url or entry.url, checkpoint.name, sha256, pinned, original.library, parity)
    preparation = {"size": entry.size, **convert.RULE, "framing": Framing(entry.framing).value}
    card.write_card(entry, provenance, preparation, staged)


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Yield a folder that takes the place of ``target`` when all went well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as work:
        staged, old = Path(work) / "new", Path(work) / "old"
        staged.mkdir()
        yield staged
        if target.exists():
            target.rename(old)
        staged.rename(target)
