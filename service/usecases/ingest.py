"""An upload becomes a study: decoded, stored, and only then acknowledged.

A bad file refuses the whole upload, and every bad file is named: a study that silently lacks one of its images would
be read as if it were complete.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from service.domain.access import AuditEvent, Principal
from service.domain.errors import Clash, FileRejected, Rejected, TooLarge, Unknown, UploadRejected
from service.domain.study import Image, Study, WindowPreset
from service.imaging.free_text import scrub
from service.imaging.pixels import PixelImage, SourceFile
from service.imaging.voi import Preset
from service.ports import BlobStore, Clock, Storage, UnitOfWork
from service.usecases.films import Decoder, Films


@dataclass(frozen=True, slots=True)
class Labelling:
    """What a sender says about an upload, beside its bytes."""

    indication: str | None = None
    prior_study_id: str | None = None
    language: str = "en"
    patient_ref: str | None = None
    accession: str | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    """Who asks, and the fingerprint and key under which the request is remembered."""

    principal: Principal
    fingerprint: str
    key: str | None


class Ingest:
    """Takes uploads. What it returns is durable."""

    def __init__(
        self, storage: Storage, blobs: BlobStore, decoder: Decoder, films: Films, clock: Clock, *, most_files: int
    ) -> None:
        self._storage = storage
        self._blobs = blobs
        self._decoder = decoder
        self._films = films
        self._clock = clock
        self._most_files = most_files

    async def take(
        self, files: Sequence[SourceFile], labelling: Labelling, principal: Principal, *, key: str | None = None
    ) -> tuple[Study, bool]:
        """Return the study and whether it is new; the same bytes, or the same key again, give the study they gave.

        Raises UploadRejected naming every bad file, Rejected when an idempotency key is used for another request.
        """
        if not files:
            raise Rejected("The upload holds no file: send one or more in the form field 'files'.", code="no-files")
        sources = await self._expand(files)
        content_key = _digest(sorted(sources))
        request = _Request(principal, _digest([content_key, repr(labelling)]), key)
        known = await self._known(content_key, request)
        if known is not None:
            return known, False
        await self._check_prior(labelling.prior_study_id)
        images, identifiers = await self._decode(sources)
        study = Study(
            id=uuid4().hex,
            created_at=self._clock.now(),
            owner=principal.id,
            content_key=content_key,
            indication=scrub(labelling.indication, identifiers | _given(labelling)) if labelling.indication else None,
            language=labelling.language,
            patient_ref=labelling.patient_ref,
            accession=labelling.accession,
            prior_study_id=labelling.prior_study_id,
            images=images,
        )
        async with self._films.shelf:
            for source in sources.values():
                await self._blobs.put(source.data)
            return await self._store(study, request)

    async def _check_prior(self, study_id: str | None) -> None:
        if study_id is None:
            return
        async with self._storage.unit(readonly=True) as unit:
            if await unit.studies.get(study_id) is None:
                raise Unknown("The prior study is not here: upload it first, or leave prior_study_id out.")

    async def _expand(self, files: Sequence[SourceFile]) -> dict[str, SourceFile]:
        """Unpack archives and return the files by the hash of their bytes; the same bytes twice are one file."""
        sources: dict[str, SourceFile] = {}
        bad: list[FileRejected] = []
        for file in files:
            try:
                members = await self._decoder.expand(file.data, file.name)
                sources |= await asyncio.to_thread(_by_hash, members)
            except FileRejected as refusal:
                bad.append(refusal)
        if bad:
            raise UploadRejected(bad)
        if len(sources) > self._most_files:
            raise TooLarge(f"The upload holds {len(sources)} files; this site takes {self._most_files} at a time.")
        return sources

    async def _decode(self, sources: Mapping[str, SourceFile]) -> tuple[tuple[Image, ...], frozenset[str]]:
        """Decode one file after the other, so that a large upload never holds more than the cache may."""
        images: list[Image] = []
        identifiers: frozenset[str] = frozenset()
        bad: list[FileRejected] = []
        for sha256, source in sources.items():
            try:
                decoded = await self._decoder.decode(source.data, source.name)
            except FileRejected as refusal:
                bad.append(refusal)
                continue
            self._films.keep(sha256, decoded)
            images.extend(_image(source.name, sha256, frame) for frame in decoded.images)
            identifiers |= decoded.identifiers
        if bad:
            raise UploadRejected(bad)
        return tuple(images), identifiers

    async def _known(self, content_key: str, request: _Request) -> Study | None:
        async with self._storage.unit(readonly=request.key is None) as unit:
            study = await _by_key(unit, request) or await unit.studies.by_content(content_key)
            if study is not None and request.key is not None:
                await _remember(unit, request, study)
                await unit.commit()
            return study

    async def _store(self, study: Study, request: _Request) -> tuple[Study, bool]:
        try:
            async with self._storage.unit() as unit:
                await _by_key(unit, request)  # once more: it may have been used for another upload meanwhile
                await unit.studies.add(study)
                await _remember(unit, request, study)
                event = AuditEvent(uuid4().hex, study.created_at, request.principal.id, "study.received", study.id)
                await unit.audit.add(event)
                await unit.commit()
        except Clash:
            # The same bytes or the same key came twice at once, and the other was first.
            known = await self._known(study.content_key, request)
            if known is None:
                raise
            return known, False
        return study, True


async def _by_key(unit: UnitOfWork, request: _Request) -> Study | None:
    remembered = await unit.requests.get(request.principal.id, request.key) if request.key else None
    if remembered is None:
        return None
    fingerprint, study_id = remembered
    if fingerprint != request.fingerprint:
        raise Rejected(
            "This Idempotency-Key was used for another upload: use a new key for a new upload.",
            code="idempotency-key-reused",
        )
    return await unit.studies.get(study_id)


async def _remember(unit: UnitOfWork, request: _Request, study: Study) -> None:
    if request.key and await unit.requests.get(request.principal.id, request.key) is None:
        await unit.requests.add(request.principal.id, request.key, request.fingerprint, study.id)


def _by_hash(files: Sequence[SourceFile]) -> dict[str, SourceFile]:
    return {hashlib.sha256(file.data).hexdigest(): file for file in files}


def _image(file_name: str, sha256: str, frame: PixelImage) -> Image:
    return Image(
        id=uuid4().hex,
        file_name=file_name,
        sha256=sha256,
        frame=frame.frame,
        rows=frame.rows,
        columns=frame.columns,
        view=frame.view,
        modality=frame.modality,
        spacing_mm=frame.spacing_mm,
        tags=frame.tags,
        windows=tuple(_preset(preset) for preset in frame.presets),
    )


def _preset(preset: Preset) -> WindowPreset:
    window = preset.window
    return WindowPreset(window.center, window.width, window.function.value, preset.name)


def _given(labelling: Labelling) -> frozenset[str]:
    return frozenset(filter(None, (labelling.patient_ref, labelling.accession)))


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
