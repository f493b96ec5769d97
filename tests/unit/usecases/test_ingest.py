from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field

import pytest

from service.domain.errors import Rejected, TooLarge, Unknown, UploadRejected
from service.domain.study import Study, StudyState
from service.imaging.pixels import SourceFile
from service.usecases.films import Films
from service.usecases.ingest import Ingest, Labelling
from tests.factories import ALICE, BOB
from tests.fakes import FakeDecoder, FixedClock, MemoryBlobs, MemoryStorage


@dataclass
class Site:
    """An ingest over fakes, and what it works with."""

    decoder: FakeDecoder = field(default_factory=FakeDecoder)
    storage: MemoryStorage = field(default_factory=MemoryStorage)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    clock: FixedClock = field(default_factory=FixedClock)
    most_files: int = 4

    def __post_init__(self) -> None:
        films = Films(self.blobs, self.decoder)
        self.ingest = Ingest(self.storage, self.blobs, self.decoder, films, self.clock, most_files=self.most_files)

    async def take(
        self, *contents: bytes, key: str | None = None, labelling: Labelling | None = None
    ) -> tuple[Study, bool]:
        return await self.ingest.take(files(*contents), labelling or Labelling(), ALICE, key=key)

    @property
    def studies(self) -> list[Study]:
        return list(self.storage.tables.studies.values())


def files(*contents: bytes) -> list[SourceFile]:
    return [SourceFile(f"film{number}.png", content) for number, content in enumerate(contents)]


@pytest.fixture
def site() -> Site:
    return Site()


async def test_what_was_taken_is_stored_with_its_bytes_and_an_audit_event(site: Site) -> None:
    study, new = await site.take(b"one", b"two", labelling=Labelling(language="en", patient_ref="P1", accession="A1"))
    assert new
    assert site.studies == [study]
    assert study.state is StudyState.RECEIVED
    assert (study.owner, study.patient_ref, study.accession) == (ALICE.id, "P1", "A1")
    assert study.created_at == site.clock.now()
    assert [image.sha256 for image in study.images] == [hashlib.sha256(data).hexdigest() for data in (b"one", b"two")]
    assert set(site.blobs.data.values()) == {b"one", b"two"}
    assert [(event.principal, event.action, event.subject) for event in site.storage.tables.audit] == [
        (ALICE.id, "study.received", study.id)
    ]


async def test_every_frame_is_an_image() -> None:
    study, _ = await Site(FakeDecoder(frames=3)).take(b"angiogram")
    assert [image.frame for image in study.images] == [0, 1, 2]
    assert len({image.id for image in study.images}) == 3


async def test_the_same_bytes_are_the_same_study_in_any_order_and_under_any_name(site: Site) -> None:
    first, _ = await site.take(b"one", b"two")
    again, new = await site.ingest.take([SourceFile("other.dcm", b"two"), *files(b"one")], Labelling(), BOB)
    assert (again.id, new) == (first.id, False)
    assert len(site.decoder.decoded) == 2, "known bytes are not decoded again"


async def test_other_bytes_are_another_study(site: Site) -> None:
    first, _ = await site.take(b"one")
    other, new = await site.take(b"one", b"two")
    assert new
    assert other.id != first.id


async def test_the_same_file_twice_is_one_image(site: Site) -> None:
    study, _ = await site.take(b"one", b"one")
    assert len(study.images) == 1


async def test_a_zip_is_its_members_and_shares_them_with_the_files_beside_it(site: Site) -> None:
    study, _ = await site.take(b"zip:one|two|one", b"two")
    assert len(study.images) == 2
    again, new = await site.take(b"one", b"two")
    assert (again.id, new) == (study.id, False)


async def test_the_same_key_and_request_give_the_same_study(site: Site) -> None:
    first, _ = await site.take(b"one", key="k")
    again, new = await site.take(b"one", key="k")
    assert (again.id, new) == (first.id, False)


@pytest.mark.parametrize(
    ("content", "labelling"),
    [(b"two", Labelling()), (b"one", Labelling(indication="Cough")), (b"one", Labelling(patient_ref="P2"))],
)
async def test_a_key_is_not_used_for_another_request(site: Site, content: bytes, labelling: Labelling) -> None:
    await site.take(b"one", key="k")
    with pytest.raises(Rejected) as refusal:
        await site.take(content, key="k", labelling=labelling)
    assert refusal.value.code == "idempotency-key-reused"
    assert len(site.studies) == 1


async def test_a_key_is_of_one_principal(site: Site) -> None:
    await site.take(b"one", key="k")
    study, new = await site.ingest.take(files(b"two"), Labelling(), BOB, key="k")
    assert new
    assert study.owner == BOB.id


async def test_a_key_first_used_on_known_bytes_is_remembered(site: Site) -> None:
    await site.take(b"one")
    await site.take(b"one", key="k")
    with pytest.raises(Rejected, match="another upload"):
        await site.take(b"two", key="k")


@pytest.mark.parametrize("key", [None, "k"])
async def test_the_same_bytes_at_once_are_one_study(site: Site, key: str | None) -> None:
    taken = await asyncio.gather(*(site.take(b"one", key=key) for _ in range(8)))
    assert len({study.id for study, _ in taken}) == 1
    assert sum(new for _, new in taken) == 1
    assert len(site.studies) == 1


async def test_two_uploads_at_once_under_one_key_are_not_both_taken(site: Site) -> None:
    outcomes = await asyncio.gather(site.take(b"one", key="k"), site.take(b"two", key="k"), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Rejected)]
    assert [refusal.code for refusal in refused] == ["idempotency-key-reused"]
    assert len(site.studies) == 1


async def test_bad_files_are_all_named_and_nothing_is_stored(site: Site) -> None:
    with pytest.raises(UploadRejected) as refusal:
        await site.take(b"one", b"bad", b"zip:two|bad too")
    assert [file.file_name for file in refusal.value.files] == ["film1.png", "film2.png/1"]
    assert all(name in refusal.value.detail for name in ("film1.png", "film2.png/1"))
    assert refusal.value.code == "upload-rejected"
    assert not site.studies
    assert not site.blobs.data


async def test_a_single_bad_file_gives_its_own_reason(site: Site) -> None:
    with pytest.raises(UploadRejected) as refusal:
        await site.take(b"bad")
    assert refusal.value.code == "not-an-image"


async def test_an_upload_without_files_is_refused(site: Site) -> None:
    with pytest.raises(Rejected) as refusal:
        await site.take()
    assert refusal.value.code == "no-files"


async def test_too_many_files_are_refused_also_when_they_come_in_a_zip() -> None:
    site = Site(most_files=2)
    await site.take(b"zip:one|two")
    with pytest.raises(TooLarge, match="3 files"):
        await site.take(b"zip:one|two", b"three")
    assert len(site.studies) == 1


async def test_a_prior_study_must_be_here_and_nothing_is_stored_when_it_is_not(site: Site) -> None:
    with pytest.raises(Unknown, match="prior study"):
        await site.take(b"one", labelling=Labelling(prior_study_id="nowhere"))
    assert not site.studies
    assert not site.blobs.data
    prior, _ = await site.take(b"one")
    study, _ = await site.take(b"two", labelling=Labelling(prior_study_id=prior.id))
    assert study.prior_study_id == prior.id


async def test_the_indication_is_cleared_of_what_the_files_and_the_sender_say_of_the_patient() -> None:
    site = Site(FakeDecoder(identifiers=["DOE^JANE", "19600102"]))
    said = Labelling("Jane Doe, ref QX-7, order zulu: cough, fever 38.5", patient_ref="QX-7", accession="Zulu")
    study, _ = await site.take(b"one", labelling=said)
    assert study.indication == "[removed] [removed], ref [removed], order [removed]: cough, fever 38.5"


async def test_an_empty_indication_is_none(site: Site) -> None:
    study, _ = await site.take(b"one", labelling=Labelling(indication=""))
    assert study.indication is None
