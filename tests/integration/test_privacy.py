"""Nothing that names the patient reaches a language model, a log, the provenance or the record of jobs."""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.fault_llm import FaultServer
from tests.planted import BIRTH, FAMILY, GIVEN, PATIENT_ID, Planted, leaks, plant
from tests.server import Json, Server, running, upload

INDICATION = (
    f"{GIVEN} {FAMILY} ({PATIENT_ID}, born {BIRTH:%d.%m.%Y}, order ZQORDER-9, ref ZQREF7): cough for 5 days, T1 N2, "
    f"SpO2 88%. Mr {FAMILY} is known here; seen on {BIRTH:%Y-%m-%d}."
)
KEPT = ("cough for 5 days, T1 N2, SpO2 88%.", "is known here")


@pytest.fixture(scope="module")
def llm() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, llm: FaultServer) -> Iterator[Server]:
    settings = {
        "experts": "tests.plugs:expert", "llm": "openai", "llm_base_url": llm.base_url, "llm_model": "any",
        "guard_retries": "0", "log_level": "debug",
    }  # fmt: skip
    with running(tmp_path_factory.mktemp("private"), **settings) as server:
        yield server


@pytest.fixture(scope="module")
def planted() -> Planted:
    made = plant()
    made.values |= {"ZQREF7": "patient_ref", "ZQORDER-9": "accession", "ZQFILE": "file name"}
    assert len(made.values) > 500, "every text attribute of the standard"
    return made


@pytest.fixture(scope="module")
def study(server: Server, planted: Planted) -> Json:
    """Upload the film, with the patient's name wherever a sender can write, and draft it twice."""
    form = {"indication": INDICATION, "patient_ref": "ZQREF7", "accession": "ZQORDER-9"}
    with server.client() as client:
        files = [("files", ("ZQFILE.dcm", planted.film))]
        response = client.post("/api/v1/studies", files=files, data=form)
        assert response.status_code == 201, response.text
        body: Json = response.json()
        client.post(body["links"]["reports"], json={"style": "scores"})
        client.get(body["images"][0]["links"]["preview"])
        client.get(body["links"]["findings"], params={"who": FAMILY})
        upload(client, planted.film[:5000], headers={"Idempotency-Key": FAMILY})
    return body


def recorded(database: Path) -> str:
    """Return all that is in a SQLite file as text, also what is wrapped in base64."""
    texts: list[str] = []
    with closing(sqlite3.connect(database)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - a name of the database's own
                texts.extend(_plain(value) for value in row if isinstance(value, str | bytes))
    return "\n".join(texts)


def _plain(value: str | bytes) -> str:
    raw = value.encode() if isinstance(value, str) else value
    try:
        return (raw + b"\n" + base64.b64decode(raw, validate=True)).decode(errors="replace")
    except binascii.Error:
        return raw.decode(errors="replace")


def test_the_model_receives_no_planted_value(llm: FaultServer, study: Json, planted: Planted) -> None:
    assert len(llm.requests) == 2
    assert study["id"] not in llm.received
    assert not leaks(planted.values, llm.received)


def test_the_model_receives_the_clinical_question(llm: FaultServer, study: Json) -> None:
    assert study["reports"]
    for kept in KEPT:
        assert kept in llm.received


def test_the_log_holds_no_planted_value(server: Server, study: Json, planted: Planted) -> None:
    assert study["id"] in server.log
    assert not leaks(planted.values, server.log)


def test_the_provenance_holds_no_planted_value(server: Server, study: Json, planted: Planted) -> None:
    with server.client() as client:
        provenance = client.get(study["reports"][0]["links"]["provenance"])
    assert provenance.json()["messages"]
    assert not leaks(planted.values, provenance.text)


def test_the_report_holds_no_planted_value(study: Json, planted: Planted) -> None:
    assert not leaks(planted.values, json.dumps(study["reports"]))


def test_the_record_of_jobs_holds_no_planted_value(server: Server, study: Json, planted: Planted) -> None:
    jobs = recorded(server.data / "scribe.jobs.sqlite")
    assert study["id"] in jobs
    assert not leaks(planted.values, jobs)


def test_a_question_that_names_the_patient_is_cleared_too(
    server: Server, study: Json, llm: FaultServer, planted: Planted
) -> None:
    before = len(llm.requests)
    question = f"Has {GIVEN} {FAMILY} ({PATIENT_ID}, ZQREF7, born {BIRTH:%d.%m.%Y}) an effusion?"
    with server.client() as client:
        assert client.post(study["links"]["chat"], json={"message": question}).status_code == 200
    assert len(llm.requests) == before + 1
    assert "an effusion?" in llm.received
    assert not leaks(planted.values, json.dumps(llm.requests[before:]))
    assert not leaks(planted.values, server.log)
