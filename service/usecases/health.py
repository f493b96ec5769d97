"""The state of every part."""

from __future__ import annotations

from collections.abc import Sequence

from models.base import Expert
from service.ports import BlobStore, Storage
from service.usecases.generation import Writer

_OK = "ok"


async def parts(
    storage: Storage, blobs: BlobStore, experts: Sequence[Expert], writer: Writer
) -> tuple[dict[str, str], bool]:
    """Return each part with "ok" or what is wrong, and whether studies can be taken.

    The language model does not count: when it fails, the narrator writes.
    """
    needed = {
        "database": await storage.check() or _OK,
        "blobs": await blobs.check() or _OK,
        "experts": _OK if experts else "no expert is active: set CXR_EXPERTS",
    }
    model = writer.model()
    return needed | {f"llm {model.name}": await model.check() or _OK}, all(state == _OK for state in needed.values())
