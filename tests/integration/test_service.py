"""The service as its users meet it: a real process, real films, HTTP."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from PIL import Image as Picture

from tests.factories import dicom, png
from tests.server import EMBEDDED, Json, Server, events, running, upload

SECTIONS = ["indication", "technique", "comparison", "findings", "impression"]
STUDIES = "/api/v1/studies"


def taken(client: httpx.Client, seed: int, **form: str) -> Json:
    """Upload a film of this seed and return its study."""
    response = upload(client, png(seed), headers=None, **form)
    assert response.status_code in {200, 201}, response.text
    study: Json = response.json()
    return study


def get(client: httpx.Client, path: str) -> Json:
    response = client.get(path)
    assert response.status_code == 200, response.text
    body: Json = response.json()
    return body


def zipped(*films: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, film in enumerate(films):
            archive.writestr(f"folder/{number}", film)
    return out.getvalue()


@pytest.mark.parametrize(("film", "size"), [(png(1, 300), 300), (dicom(2, 280), 280)], ids=["png", "dicom"])
def test_an_upload_answers_with_findings_and_a_whole_draft(client: httpx.Client, film: bytes, size: int) -> None:
    response = upload(client, film, indication="Cough for 5 days, fever 38.5 C")
    study = response.json()
    assert response.status_code == 201, response.text
    assert response.headers["location"] == f"{STUDIES}/{study['id']}"
    assert study["state"] == "drafted"
    assert study["findings"]
    (image,) = study["images"]
    assert (image["rows"], image["columns"], image["frame"]) == (size, size, 0)
    assert image["gate"]["verdict"] == study["gate"]["verdict"] == "doubtful"  # the gate sees that it is a drawing
    (report,) = study["reports"]
    assert list(report["sections"]) == SECTIONS
    assert all(report["sections"].values())
    assert "Cough for 5 days, fever 38.5 C" in report["sections"]["indication"]
    assert (report["written_by"], report["fallback"], report["state"]) == ("narrator", None, "draft")
    for link in (*study["links"].values(), *report["links"].values(), image["links"]["preview"]):
        assert client.get(link).status_code in {200, 405}, link


def test_the_same_bytes_again_are_the_same_study(client: httpx.Client) -> None:
    first, again = upload(client, png(3), indication="Cough"), upload(client, png(3), indication="Cough")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert first.json()["notes"] == []


def test_the_same_bytes_keep_their_first_indication_and_the_answer_says_so(client: httpx.Client) -> None:
    first, again = upload(client, png(30), indication="Cough"), upload(client, png(30), indication="Quoggle")
    assert again.status_code == 200
    assert again.json() == first.json() | {"notes": again.json()["notes"]}
    (note,) = again.json()["notes"]
    assert "indication" in note
    assert "Quoggle" not in note
    assert get(client, first.json()["links"]["self"])["notes"] == []


def test_a_known_study_is_answered_with_its_report_also_to_who_does_not_wait(client: httpx.Client) -> None:
    first = taken(client, 31)
    again = upload(client, png(31), headers={"Prefer": "respond-async"})
    assert again.status_code == 202
    assert again.json() == first


def test_films_of_one_study_come_apart_or_in_a_zip(client: httpx.Client) -> None:
    first = upload(client, png(4), dicom(4))
    again = upload(client, zipped(dicom(4), png(4)))
    assert (first.status_code, again.status_code) == (201, 200)
    assert len(first.json()["images"]) == 2
    assert again.json()["id"] == first.json()["id"]


def test_many_who_send_the_same_bytes_at_once_get_one_study(service: Server) -> None:
    def send(_number: int) -> httpx.Response:
        with service.client() as client:
            return upload(client, png(5))

    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(send, range(8)))
    assert sorted(response.status_code for response in responses) == [200] * 7 + [201]
    assert len({response.json()["id"] for response in responses}) == 1
    assert all(len(response.json()["reports"]) == 1 for response in responses)


def test_an_idempotency_key_is_for_one_request(client: httpx.Client) -> None:
    key = {"Idempotency-Key": "request-6"}
    first, again = upload(client, png(6), headers=key), upload(client, png(6), headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    other = upload(client, png(66), headers=key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")


def test_who_does_not_wait_is_answered_at_once_and_can_listen(client: httpx.Client) -> None:
    response = upload(client, png(7), headers={"Prefer": "respond-async"})
    study = response.json()
    assert response.status_code == 202
    assert response.headers["preference-applied"] == "respond-async"
    assert (study["state"], study["reports"]) == ("received", [])
    with client.stream("GET", study["links"]["events"]) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        heard = list(events(stream))
    names = [name for name, _ in heard]
    assert names[0] == "stage"
    assert "findings" in names
    assert names[-1] == "done"
    (report,) = get(client, study["links"]["self"])["reports"]
    assert heard[-1][1]["report_id"] == report["id"]


def test_the_events_of_a_drafted_study_are_told_at_once(client: httpx.Client) -> None:
    study = taken(client, 8)
    with client.stream("GET", study["links"]["events"]) as stream:
        heard = list(events(stream))
    assert [name for name, _ in heard] == ["stage", "findings", "done"]
    assert heard[1][1]["findings"] == study["findings"]


def test_without_a_draft_there_are_findings_and_no_report(client: httpx.Client) -> None:
    study = taken(client, 9, draft="false")
    assert study["findings"]
    assert (study["state"], study["reports"]) == ("read", [])
    with client.stream("GET", study["links"]["events"]) as stream:
        heard = list(events(stream))
    assert [name for name, _ in heard] == ["stage", "findings", "done"]
    assert heard[-1][1]["report_id"] is None
    later = taken(client, 9)
    assert (later["id"], len(later["reports"])) == (study["id"], 1)


def test_who_listens_while_a_study_is_only_read_hears_the_end(client: httpx.Client) -> None:
    study = upload(client, png(32), headers={"Prefer": "respond-async"}, draft="false").json()
    with client.stream("GET", study["links"]["events"]) as stream:
        heard = list(events(stream))
    assert {name for name, _ in heard} == {"stage", "findings", "done"}
    assert heard[-1] == ("done", {"report_id": None, "written_by": None, "fallback": None})


def test_the_findings_say_where_they_come_from(client: httpx.Client) -> None:
    study = taken(client, 10)
    body = get(client, study["links"]["findings"])
    assert body["findings"] == study["findings"]
    assert list(body["images"]) == [study["images"][0]["id"]]
    for finding in body["findings"]:
        assert 0 <= finding["probability"] <= 1
        assert finding["grade"] in {"absent", "slight", "likely", "definite"}
        assert {"label", "threshold", "zone", "box", "uncertain"} <= finding.keys()
        low, high = finding["doubt"]
        assert 0 <= low <= finding["threshold"] <= high <= 1
        for opinion in finding["experts"]:
            assert len(opinion["weights_sha256"]) == 64
            assert opinion["version"]
    assert [finding["label"] for finding in body["findings"]] == sorted(
        {finding["label"] for finding in body["findings"]}, key=[f["label"] for f in body["findings"]].index
    ), "no label twice"


@pytest.mark.parametrize(
    ("query", "size"), [("", (256, 256)), ("?size=100", (100, 100)), ("?window_center=100&window_width=50", (256, 256))]
)
def test_the_film_can_be_looked_at(client: httpx.Client, query: str, size: tuple[int, int]) -> None:
    image = taken(client, 11)["images"][0]
    response = client.get(image["links"]["preview"] + query)
    assert response.headers["content-type"] == "image/png"
    assert "private" in response.headers["cache-control"]
    with Picture.open(io.BytesIO(response.content)) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "L", size)


def test_a_new_draft_is_written_as_asked_and_the_first_stays(client: httpx.Client) -> None:
    study = taken(client, 12)
    response = client.post(study["links"]["reports"], json={"style": "grades", "audience": "patient"})
    report = response.json()
    assert response.status_code == 201, response.text
    assert (report["style"], report["audience"], report["study_id"]) == ("grades", "patient", study["id"])
    assert get(client, response.headers["location"]) == report
    reports = get(client, study["links"]["self"])["reports"]
    assert [known["id"] for known in reports] == [report["id"], study["reports"][0]["id"]]
    assert client.post(study["links"]["reports"]).status_code == 201, "a body is not needed"


def test_a_new_draft_can_be_watched(client: httpx.Client) -> None:
    study = taken(client, 13)
    with client.stream("POST", study["links"]["reports"], json={}, headers={"Accept": "text/event-stream"}) as stream:
        heard = list(events(stream))
    assert heard[-1][0] == "done"
    report = get(client, f"/api/v1/reports/{heard[-1][1]['report_id']}")
    written = "".join(data["text"] for name, data in heard if name == "delta")
    assert report["sections"]["findings"] in written
    assert report["sections"]["impression"] in written


def test_a_report_says_what_it_was_made_from(client: httpx.Client) -> None:
    study = taken(client, 14)
    provenance = get(client, study["reports"][0]["links"]["provenance"])
    assert provenance["report_id"] == study["reports"][0]["id"]
    assert provenance["thresholds"] == {finding["label"]: finding["threshold"] for finding in study["findings"]}
    assert [message["role"] for message in provenance["messages"]] == ["system", "user"]
    experts = {expert["expert"]: expert for expert in provenance["experts"]}
    assert set(experts) == {"anatomy", "embedded"}
    spoken = {opinion["expert"]: opinion for finding in study["findings"] for opinion in finding["experts"]}
    assert all(experts[name]["weights_sha256"] == opinion["weights_sha256"] for name, opinion in spoken.items())
    assert set(experts["embedded"]["thresholds"]) >= set(provenance["thresholds"])
    assert provenance["timings"]["reading_s"] > 0
    assert provenance["llm"]["name"] == "narrator"


def test_a_question_is_answered_from_the_findings_of_the_study(client: httpx.Client) -> None:
    study = taken(client, 15)
    label = study["findings"][0]["label"]
    with client.stream(
        "POST", study["links"]["chat"], json={"message": f"Is there {label.replace('_', ' ')}?"}
    ) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        heard = list(events(stream))
    assert [name for name, _ in heard[:-1]] == ["delta"] * (len(heard) - 2) + ["verification"]
    name, turn = heard[-1]
    assert (name, turn["role"], turn["state"]) == ("done", "assistant", "complete")
    assert "".join(data["text"] for _, data in heard[:-2]).strip() == turn["text"]
    assert label in turn["citations"]
    assert set(turn["citations"]) <= {finding["label"] for finding in study["findings"]}
    history = get(client, study["links"]["chat"])["items"]
    assert [known["role"] for known in history] == ["user", "assistant"]
    assert history[1] == turn


def test_what_is_deleted_is_gone_with_its_bytes(client: httpx.Client, service: Server) -> None:
    study = taken(client, 16)
    sha256 = study["images"][0]["sha256"]
    assert list(service.data.rglob(f"*{sha256}*"))
    assert client.delete(study["links"]["self"]).status_code == 204
    for link in (
        *study["links"].values(),
        *study["reports"][0]["links"].values(),
        study["images"][0]["links"]["preview"],
    ):
        assert client.get(link).status_code in {404, 405}, link
    assert client.delete(study["links"]["self"]).status_code == 404
    assert not list(service.data.rglob(f"*{sha256}*"))
    assert upload(client, png(16)).status_code == 201


def test_the_worklist_comes_in_pages_newest_first(client: httpx.Client) -> None:
    newest = [taken(client, seed)["id"] for seed in (17, 18, 19)][::-1]
    first = get(client, f"{STUDIES}?limit=2&status=drafted")
    second = get(client, f"{STUDIES}?limit=2&status=drafted&cursor={first['next_cursor']}")
    assert [study["id"] for study in (*first["items"], *second["items"])][:3] == newest
    assert get(client, f"{STUDIES}?limit=200")["next_cursor"] is None
    assert first["items"][0] == get(client, first["items"][0]["links"]["self"])
    assert first["items"][0]["reports"]


def test_it_says_how_it_is(client: httpx.Client) -> None:
    assert get(client, "/healthz") == {"status": "ok", "parts": {}}
    ready = get(client, "/readyz")
    assert ready["status"] == "ready"
    assert set(ready["parts"].values()) == {"ok"}
    assert {"database", "blobs", "experts", "llm narrator"} <= ready["parts"].keys()


BAD_FILES = {
    "empty": (b"", "empty-file"),
    "text": (b"Dear colleague", "not-an-image"),
    "pdf": (b"%PDF-1.7 ...", "not-an-image"),
    "cut png": (png(20)[:2000], "undecodable-pixel-data"),
    "cut dicom": (dicom(20)[:2000], None),
    "cut zip": (zipped(png(20))[:-30], "bad-archive"),
    "dicom without pixels": (dicom(20, 64)[:400], None),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_its_name_and_reason_and_nothing_is_kept(client: httpx.Client, name: str) -> None:
    film, reason = BAD_FILES[name]
    before = get(client, f"{STUDIES}?limit=200")
    response = upload(client, png(21), film)
    body = response.json()
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    (file,) = body["files"]
    assert file["file_name"] == "film1"
    assert reason in {None, file["reason"]}
    assert "film1" in body["detail"]
    assert body["request_id"] == response.headers["x-request-id"]
    assert get(client, f"{STUDIES}?limit=200") == before


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"data": {"indication": "Cough"}}, 422, "invalid-request"),
        ({"files": {"files": png(22)}, "data": {"language": "tlh"}}, 422, "rejected"),
        ({"files": {"files": png(22)}, "data": {"draft": "perhaps"}}, 422, "invalid-request"),
        ({"files": {"files": png(22)}, "data": {"prior_study_id": "nowhere"}}, 404, "not-found"),
        ({"files": {"files": png(22)}, "data": {"indication": "x" * 2001}}, 422, "invalid-request"),
        ({"files": {"files": png(22)}, "headers": {"Idempotency-Key": "x" * 201}}, 422, "invalid-request"),
    ],
)
def test_a_bad_upload_is_refused_as_a_problem(client: httpx.Client, sent: Json, status: int, code: str) -> None:
    response = client.post(STUDIES, **sent)
    assert (response.status_code, response.json()["type"]) == (status, f"/problems/{code}"), response.text
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"{STUDIES}/nowhere", None, 404),
        ("GET", f"{STUDIES}/nowhere/findings", None, 404),
        ("GET", f"{STUDIES}/nowhere/events", None, 404),
        ("DELETE", f"{STUDIES}/nowhere", None, 404),
        ("GET", f"{STUDIES}/nowhere/chat", None, 404),
        ("POST", f"{STUDIES}/nowhere/chat", {"message": "Well?"}, 404),
        ("POST", f"{STUDIES}/nowhere/reports", {}, 404),
        ("GET", "/api/v1/reports/nowhere", None, 404),
        ("GET", "/api/v1/reports/nowhere/provenance", None, 404),
        ("GET", "/api/v1/images/nowhere/preview.png", None, 404),
        ("GET", f"{STUDIES}?cursor=broken", None, 422),
        ("GET", f"{STUDIES}?limit=0", None, 422),
        ("GET", "/nowhere", None, 404),
        ("PUT", STUDIES, {}, 405),
    ],
)
def test_what_is_not_there_or_not_right_is_a_problem(
    client: httpx.Client, method: str, path: str, body: Json | None, status: int
) -> None:
    response = client.request(method, path, json=body)
    assert response.status_code == response.json()["status"] == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]


@pytest.mark.parametrize(
    "body", [{"style": "poetic"}, {"llm": "gpt-9"}, {"language": "tlh"}, {"audience": "press"}, {"colour": "red"}]
)
def test_a_draft_that_cannot_be_written_so_is_refused(client: httpx.Client, body: Json) -> None:
    study = taken(client, 23)
    for accept in ("application/json", "text/event-stream"):
        response = client.post(study["links"]["reports"], json=body, headers={"Accept": accept})
        assert response.status_code == 422
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("message", ["", "   ", "x" * 4001])
def test_a_question_that_is_none_is_refused(client: httpx.Client, message: str) -> None:
    response = client.post(taken(client, 24)["links"]["chat"], json={"message": message})
    assert (response.status_code, response.json()["type"]) == (422, "/problems/bad-message")


@pytest.mark.skipif(not EMBEDDED or sys.platform != "linux", reason="needs the embedded expert, and /proc")
def test_it_is_small_while_no_crowd_has_come(tmp_path: Path) -> None:
    with running(tmp_path) as server, server.client() as client:
        taken(client, 26)
        assert server.resident_bytes < 500_000_000


def test_a_page_from_elsewhere_cannot_reach_it_under_a_name_of_its_own(client: httpx.Client) -> None:
    response = client.get("/healthz", headers={"Host": "evil.example.org"})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["request_id"] == response.headers["x-request-id"]


def test_another_machine_behind_a_proxy_on_this_one_is_refused(client: httpx.Client) -> None:
    response = client.get("/healthz", headers={"X-Forwarded-For": "192.168.0.7"})
    assert response.status_code == 403
    assert "CXR_AUTH=keys" in response.json()["detail"]


def test_the_log_tells_every_request_and_holds_no_file_name_query_or_text(
    service: Server, client: httpx.Client
) -> None:
    files = [("files", ("DOE_JANE_GRACE.png", png(25)))]
    response = client.post(STUDIES, files=files, data={"indication": "quoggle", "patient_ref": "DOE-77"})
    client.post(response.json()["links"]["chat"], json={"message": "Is there any quoggle?"})
    client.get(response.json()["links"]["findings"], params={"who": "quoggle"})
    lines = [line for line in service.log.splitlines() if line.startswith("{")]
    requests = [line for line in map(json.loads, lines) if line["event"] == "request"]
    assert response.headers["x-request-id"] in {line["request_id"] for line in requests}
    for planted in ("DOE", "JANE", "GRACE", "quoggle"):
        assert planted not in service.log
