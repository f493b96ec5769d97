"""Fills a worklist: a reading room's days, without the minutes that as many uploads would take."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from models.findings import Label
from service.domain.study import Study
from service.storage.sql import open_storage
from tests.factories import START, finding, study
from tests.server import Server

LABELS = (Label.PLEURAL_EFFUSION, Label.CARDIOMEGALY, Label.EDEMA, Label.PNEUMOTHORAX, Label.NODULE)


def fill(server: Server, count: int) -> None:
    """Store that many studies in a running server's own database."""
    with ThreadPoolExecutor(1) as beside:  # Playwright has an event loop in this thread
        beside.submit(asyncio.run, _stored(server, count)).result()


async def _stored(server: Server, count: int) -> None:
    storage = open_storage(f"sqlite:///{server.data / 'scribe.sqlite'}")
    try:
        async with storage.unit() as unit:
            for number in range(count):
                await unit.studies.add(_study(number))
            await unit.commit()
    finally:
        await storage.aclose()


def _study(number: int) -> Study:
    label = LABELS[number % len(LABELS)]
    found = finding(label, 0.9 if number % 3 else 0.2, uncertain=number % 7 == 0)
    when = START + timedelta(minutes=number)
    return replace(study(f"study-{number:05}", found), created_at=when, patient_ref=f"Patient {number:05}")
