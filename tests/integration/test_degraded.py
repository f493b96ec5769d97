"""When the language model fails, there is still a report: at once, the narrator's, and it says why."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count

import httpx
import pytest

from tests.factories import png
from tests.fault_llm import CHAT, REASONS, REPORT, FaultServer, closed_port_url
from tests.server import Json, Server, events, running, upload

DEADLINE_S, MARGIN_S = 1.0, 1.5
SEEDS = count(1000)


@pytest.fixture(scope="module")
def llm() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture(scope="module")
def degraded(tmp_path_factory: pytest.TempPathFactory, llm: FaultServer) -> Iterator[Server]:
    settings = {
        "experts": "tests.plugs:expert", "llm": "openai", "llm_base_url": llm.base_url, "llm_model": "any",
        "llm_api_key": "sk-of-the-site", "llm_deadline_s": str(DEADLINE_S),
    }  # fmt: skip
    with running(tmp_path_factory.mktemp("degraded"), **settings) as server:
        yield server


@pytest.fixture
def client(degraded: Server) -> Iterator[httpx.Client]:
    with degraded.client() as client:
        yield client


def drafted(client: httpx.Client) -> Json:
    """Upload a film nobody has seen and return its report, which is there in time."""
    started = time.monotonic()
    response = upload(client, png(next(SEEDS), 64))
    seconds = time.monotonic() - started
    assert response.status_code == 201, response.text
    assert seconds < DEADLINE_S + MARGIN_S
    (report,) = response.json()["reports"]
    assert all(report["sections"].values())
    return dict(report)


@pytest.mark.parametrize("mode", sorted(REASONS))
def test_the_draft_is_there_in_time_with_the_reason(client: httpx.Client, llm: FaultServer, mode: str) -> None:
    llm.mode = mode
    report = drafted(client)
    assert report["written_by"] == "narrator"
    assert report["fallback"]["reason"] == REASONS[mode]
    assert report["fallback"]["detail"].endswith(".")
    assert "sk-of-the-site" not in str(report)


def test_a_chatty_model_is_not_believed(client: httpx.Client, llm: FaultServer) -> None:
    llm.mode = "chatty"
    assert drafted(client)["fallback"]["reason"] == "malformed"


@pytest.mark.parametrize("mode", ["ok", "old-server"])
def test_a_model_that_answers_writes_the_report(client: httpx.Client, llm: FaultServer, mode: str) -> None:
    llm.mode = mode
    llm.answer = REPORT
    report = drafted(client)
    assert (report["written_by"], report["fallback"]) == ("openai:any", None)
    assert "lungs are clear" not in report["sections"]["findings"], "nobody found that"


def test_it_may_be_drafted_again_once_the_model_is_back(client: httpx.Client, llm: FaultServer) -> None:
    llm.mode = "overloaded"
    study_id = drafted(client)["study_id"]
    llm.mode = "ok"
    again = client.post(f"/api/v1/studies/{study_id}/reports").json()
    assert (again["written_by"], again["fallback"]) == ("openai:any", None)
    chosen = client.post(f"/api/v1/studies/{study_id}/reports", json={"llm": "narrator"}).json()
    assert chosen["written_by"] == "narrator"


@pytest.mark.parametrize("mode", ["stall", "reset", "server-error"])
def test_a_question_is_answered_too_and_says_that_the_model_failed(
    client: httpx.Client, llm: FaultServer, mode: str
) -> None:
    llm.mode = "ok"
    study_id = drafted(client)["study_id"]
    llm.mode = mode
    with client.stream("POST", f"/api/v1/studies/{study_id}/chat", json={"message": "Is there an effusion?"}) as stream:
        heard = list(events(stream))
    assert ("stage", REASONS[mode]) in [(name, data.get("reason")) for name, data in heard]
    name, turn = heard[-1]
    assert (name, turn["written_by"], turn["state"]) == ("done", "narrator", "complete")
    assert turn["failure"]
    assert "effusion" in turn["text"]


def test_an_answer_needs_no_form_but_support(client: httpx.Client, llm: FaultServer) -> None:
    llm.mode = "ok"
    study_id = drafted(client)["study_id"]
    llm.mode = "chatty"
    with client.stream("POST", f"/api/v1/studies/{study_id}/chat", json={"message": "Well?"}) as stream:
        turn = list(events(stream))[-1][1]
    assert turn["written_by"] == "openai:any"
    assert "lovely" in CHAT
    assert "lovely" not in turn["text"]


def test_who_leaves_ends_the_models_work(client: httpx.Client, llm: FaultServer) -> None:
    llm.mode = "ok"
    study_id = drafted(client)["study_id"]
    llm.mode = "drip"
    llm.client_left.clear()
    asked = len(llm.requests)
    with client.stream("POST", f"/api/v1/studies/{study_id}/chat", json={"message": "Well?"}):
        while len(llm.requests) == asked:
            time.sleep(0.01)
    assert llm.client_left.wait(DEADLINE_S / 2), "long before the deadline would have ended it"


def test_a_model_that_hangs_does_not_make_the_service_unready(client: httpx.Client, llm: FaultServer) -> None:
    llm.mode = "hang"
    started = time.monotonic()
    response = client.get("/readyz")
    seconds = time.monotonic() - started
    llm.mode = "ok"
    assert response.status_code == 200
    assert response.json()["parts"]["llm openai:any"].startswith("degraded, the narrator writes: ")
    assert seconds < 2
    assert client.get("/readyz").json() == response.json(), "remembered, and so no second wait"


def test_where_nobody_listens_the_model_is_unreachable(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = {
        "experts": "tests.plugs:expert", "llm": "openai", "llm_base_url": closed_port_url(), "llm_model": "any",
        "llm_deadline_s": str(DEADLINE_S),
    }  # fmt: skip
    with running(tmp_path_factory.mktemp("unreachable"), **settings) as server, server.client() as client:
        assert drafted(client)["fallback"]["reason"] == "unreachable"
