"""A job that fails for good, in a real process: who listens is told, and after it was mended, it is drafted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.factories import png
from tests.server import Json, Server, events, upload

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, experts="tests.plugs:slow_expert")
    server.start()
    yield server
    server.kill()


def heard(client: httpx.Client, study: Json) -> list[tuple[str, Json]]:
    with client.stream("GET", study["links"]["events"]) as stream:
        return list(events(stream))


def test_a_job_that_failed_for_good_is_told_to_early_and_late_listeners_and_tried_again_at_the_next_start(
    server: Server,
) -> None:
    with server.client() as client:
        study = upload(client, png(1, 64), headers={"Prefer": "respond-async"}).json()
    server.kill()
    (film,) = server.data.rglob(study["images"][0]["sha256"])
    whole = film.read_bytes()
    film.write_bytes(b"rotten")
    server.start()
    with server.client() as client:
        for _ in range(2):
            names = [name for name, _ in heard(client, study)]
            assert (names[0], names[-1]) == ("stage", "error")
        name, problem = heard(client, study)[-1]
        assert (name, problem["type"]) == ("error", "/problems/job-failed")
    server.kill()
    film.write_bytes(whole)
    server.start()
    with server.client() as client:
        assert heard(client, study)[-1][0] == "done"
