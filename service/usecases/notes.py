"""What a sender is told about files that were known already: the study keeps what was first said of it."""

from __future__ import annotations

from dataclasses import fields

from service.domain.errors import ServiceError
from service.domain.study import Study
from service.imaging.free_text import scrub
from service.usecases.films import Films
from service.usecases.ingest import Labelling


async def notes_on(study: Study, labelling: Labelling, films: Films) -> tuple[str, ...]:
    """Return a sentence where something said now differs from what the study keeps, else nothing.

    What was left out now says nothing. The sentence names fields and repeats no value: either may hold patient data.
    """
    said = {field.name: getattr(labelling, field.name) for field in fields(labelling)}
    said = {name: value for name, value in said.items() if value and value != getattr(Labelling(), name)}
    if labelling.indication:
        said["indication"] = await _cleared(labelling.indication, study, labelling, films)
    kept = [name for name, value in said.items() if value != getattr(study, name)]
    if not kept:
        return ()
    note = (
        f"These files were sent before: the study keeps its first {' and '.join(kept)}, and what was sent now is not "
        "used. To change it, delete the study and send the files again."
    )
    return (note,)


async def _cleared(indication: str, study: Study, labelling: Labelling, films: Films) -> str:
    """Clear an indication as the one that is kept was, so that the two can be compared."""
    given = (study.patient_ref, study.accession, labelling.patient_ref, labelling.accession)
    try:
        known = await films.identifiers(study.images)
    except ServiceError:  # a stored file that cannot be read any more: no reason to refuse the upload over a note
        known = frozenset()
    return scrub(indication, known.union(filter(None, given)))
