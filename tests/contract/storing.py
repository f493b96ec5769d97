"""A storage as the contract tests use it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Protocol

from service.domain.study import Study
from service.ports import Storage, StudyQuery, UnitOfWork


class ReadableStorage(Storage, Protocol):
    def unit(self, *, readonly: bool = False) -> AbstractAsyncContextManager[UnitOfWork]: ...


async def add(storage: ReadableStorage, *studies: Study) -> None:
    async with storage.unit() as unit:
        for study in studies:
            await unit.studies.add(study)
        await unit.commit()


async def stored(storage: ReadableStorage, study_id: str) -> Study | None:
    async with storage.unit(readonly=True) as unit:
        return await unit.studies.get(study_id)


async def walk(storage: ReadableStorage, query: StudyQuery) -> list[str]:
    ids: list[str] = []
    for _ in range(10):
        async with storage.unit(readonly=True) as unit:
            page, cursor = await unit.studies.page(query)
        assert len(page) <= query.limit
        ids += [study.id for study in page]
        if cursor is None:
            return ids
        query = replace(query, cursor=cursor)
    raise AssertionError("the pages have no end")
