"""A power cut at the worst moment: what was acknowledged is drafted, and once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from tests.factories import png
from tests.plugs import SLOW_S
from tests.server import Json, Server, upload

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

KILLS = 20
RESTART_S = 20.0
"""A start is 2 s on an idle machine; the tests' machine may be busy."""
SLOW = {"experts": "tests.plugs:slow_expert", "llm": "tests.plugs:slow_model"}
ASYNC = {"Prefer": "respond-async"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server that each test leaves running, for a start takes seconds."""
    server = Server(tmp_path_factory.mktemp("killed"), **SLOW)
    server.start()
    yield server
    with suppress(ProcessLookupError):
        server.kill()


def restart(server: Server) -> float:
    """Start after a kill; seconds until it answers."""
    started = time.monotonic()
    server.start()
    return time.monotonic() - started


def study_of(client: httpx.Client, study_id: str) -> Json:
    study: Json = client.get(f"/api/v1/studies/{study_id}").json()
    return study


def drafted(client: httpx.Client, study_id: str, *, within_s: float = 30.0) -> Json:
    """Return the study once it is drafted."""
    ends = time.monotonic() + within_s
    while (study := study_of(client, study_id))["state"] != "drafted":
        assert time.monotonic() < ends, study["state"]
        time.sleep(0.05)
    return study


def ids(client: httpx.Client) -> list[str]:
    return [study["id"] for study in client.get("/api/v1/studies?limit=200").json()["items"]]


def test_every_acknowledged_study_has_its_report_and_none_has_two(server: Server) -> None:
    acknowledged: list[str] = []
    states: set[str] = set()
    for number in range(KILLS):
        with server.client() as client:
            response = upload(client, png(number, 64), headers=ASYNC)
            assert response.status_code == 202, response.text
            acknowledged.append(response.json()["id"])
            # From at once to after the end, so that every step is hit: the record, the reading, the writing.
            time.sleep(number / (KILLS - 1) * 2.5 * SLOW_S)
            states.add(study_of(client, acknowledged[-1])["state"])
        server.kill()
        assert restart(server) < RESTART_S
    assert len(states) > 1, "the kills came at several moments"
    with server.client() as client:
        for study_id in acknowledged:
            study = drafted(client, study_id)
            assert len(study["reports"]) == 1
            assert study["reports"][0]["written_by"] == "slow"
            assert len(study["images"]) == 1
        assert sorted(ids(client)) == sorted(acknowledged)


def test_the_sender_of_an_upload_that_was_cut_short_may_send_it_again(server: Server) -> None:
    for number, moment in enumerate((0.0, 0.05, SLOW_S, 1.8 * SLOW_S)):
        film = png(500 + number, 64)
        with server.client() as client:
            before = ids(client)
        sending = threading.Thread(target=_send_and_lose, args=(server, film))
        sending.start()
        time.sleep(moment)
        server.kill()
        sending.join()
        restart(server)
        with server.client() as client:
            survived = set(ids(client)) - set(before)
            response = upload(client, film)
            assert response.status_code in {200, 201}, response.text
            (report,) = response.json()["reports"]
            assert all(report["sections"].values())
            assert set(ids(client)) == {*before, response.json()["id"]}
            assert (response.status_code == 200) == bool(survived)


def test_a_study_that_was_only_to_be_read_is_only_read(server: Server) -> None:
    with server.client() as client:
        response = upload(client, png(900, 64), headers=ASYNC, draft="false")
        study_id = response.json()["id"]
    server.kill()
    restart(server)
    with server.client() as client:
        ends = time.monotonic() + 30
        while (study := study_of(client, study_id))["state"] == "received":
            assert time.monotonic() < ends
            time.sleep(0.05)
        time.sleep(3 * SLOW_S)
        study = study_of(client, study_id)
    assert (study["state"], study["reports"]) == ("read", [])


def test_a_conversation_survives(server: Server) -> None:
    with server.client() as client:
        study = upload(client, png(901, 64)).json()
        chat = study["links"]["chat"]
        client.post(chat, json={"message": "Is there an effusion?"})
        with client.stream("POST", chat, json={"message": "Is it large?"}) as stream:
            next(stream.iter_lines())
            server.kill()
    restart(server)
    with server.client() as client:
        turns = client.get(chat).json()["items"]
    assert [turn["text"] for turn in turns if turn["role"] == "user"] == ["Is there an effusion?", "Is it large?"]
    assert turns[1]["state"] == "complete"


def test_asked_to_stop_it_stops_in_the_middle_of_a_draft_and_finishes_it_later(server: Server) -> None:
    with server.client() as client:
        study_id = upload(client, png(902, 64), headers=ASYNC).json()["id"]
    started = time.monotonic()
    assert server.stop() in {0, -15}
    assert time.monotonic() - started < RESTART_S
    assert "Traceback" not in server.log
    restart(server)
    with server.client() as client:
        assert len(drafted(client, study_id)["reports"]) == 1


def _send_and_lose(server: Server, film: bytes) -> None:
    with server.client() as client, suppress(httpx.TransportError):
        upload(client, film)
