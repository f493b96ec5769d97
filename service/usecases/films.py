"""The decoded frames that are in use: from the upload while it is fresh, from the blob store after."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from service.domain.errors import FileRejected
from service.domain.study import Image
from service.imaging.pixels import DecodedFile, PixelImage, SourceFile
from service.ports import BlobStore

_NEUTRAL = "stored file"


class Decoder(Protocol):
    """Untrusted bytes into frames, outside this process: ``service.imaging.sandbox.DecodeSandbox``."""

    async def expand(self, data: bytes, file_name: str) -> list[SourceFile]:
        """Return the members of an archive, or the file itself. Raises FileRejected."""
        ...

    async def decode(self, data: bytes, file_name: str) -> DecodedFile:
        """Decode every frame. Raises FileRejected."""
        ...


class Films:
    """A bounded cache of frames over the blob store."""

    def __init__(self, blobs: BlobStore, decoder: Decoder, *, most_bytes: int = 256 << 20) -> None:
        self.shelf = asyncio.Lock()
        """Held while files and the rows that name them are stored or removed together: a file that one study no longer
        needs must not go while another upload of the same bytes is about to name it."""
        self._blobs = blobs
        self._decoder = decoder
        self._most_bytes = most_bytes
        self._bytes = 0
        self._frames: OrderedDict[tuple[str, int], PixelImage] = OrderedDict()
        self._identifiers: dict[str, frozenset[str]] = {}

    def keep(self, sha256: str, file: DecodedFile) -> None:
        """Remember the frames of a file and what identifies its patient, forgetting the frames longest unused."""
        self._identifiers[sha256] = file.identifiers
        for frame in file.images:
            key = (sha256, frame.frame)
            if key not in self._frames:
                self._frames[key] = frame
                self._bytes += frame.pixels.nbytes
        while self._bytes > self._most_bytes and len(self._frames) > 1:
            (forgotten, _), oldest = self._frames.popitem(last=False)
            self._bytes -= oldest.pixels.nbytes
            self._identifiers.pop(forgotten, None)

    def forget(self, sha256: str) -> None:
        """Drop the frames of a file."""
        self._identifiers.pop(sha256, None)
        for key in [key for key in self._frames if key[0] == sha256]:
            self._bytes -= self._frames.pop(key).pixels.nbytes

    async def get(self, image: Image) -> PixelImage:
        """Return one frame. Raises Unknown when its blob is gone, FileRejected when it no longer decodes."""
        key = (image.sha256, image.frame)
        if key in self._frames:
            self._frames.move_to_end(key)
            return self._frames[key]
        decoded = await self._decoded(image)
        wanted = next((frame for frame in decoded.images if frame.frame == image.frame), None)
        if wanted is None:
            raise FileRejected(_NEUTRAL, "undecodable-pixel-data", "This frame is no longer in the file.")
        return wanted

    async def identifiers(self, images: Sequence[Image]) -> frozenset[str]:
        """Return what identifies the patient in the files of these images: for clearing free text, never to be kept.

        Raises as ``get`` does.
        """
        found: frozenset[str] = frozenset()
        for image in images:
            known = self._identifiers.get(image.sha256)
            found |= (await self._decoded(image)).identifiers if known is None else known
        return found

    async def _decoded(self, image: Image) -> DecodedFile:
        # Not under its own name, which may hold the patient's: a refusal here ends in logs and job records.
        decoded = await self._decoder.decode(await self._blobs.get(image.sha256), _NEUTRAL)
        self.keep(image.sha256, decoded)
        return decoded
