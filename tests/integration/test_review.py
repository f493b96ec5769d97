"""A reader's day over HTTP: worklist, film, correction, signature, addendum, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.factories import dicom, png
from tests.server import EMBEDDED, Json, Server, running, upload

REPORTS = "/api/v1/reports"
STUDIES = "/api/v1/studies"


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a service with a worklist of its own."""
    experts = "embedded" if EMBEDDED else "tests.plugs:expert"
    with running(tmp_path_factory.mktemp("ward"), experts=experts) as server:
        yield server


@pytest.fixture
def reader(ward: Server) -> Iterator[httpx.Client]:
    with ward.client() as client:
        yield client


def drafted(client: httpx.Client, seed: int, patient_ref: str = "") -> Json:
    """Upload a film and return its draft."""
    answer = upload(client, png(seed), patient_ref=patient_ref)
    assert answer.status_code == 201, answer.text
    report: Json = answer.json()["reports"][0]
    return report


def patch(client: httpx.Client, report: Json, body: Json, version: int | None = None) -> httpx.Response:
    tag = f'"{report["version"] if version is None else version}"'
    return client.patch(report["links"]["self"], json=body, headers={"If-Match": tag})


def problem(answer: httpx.Response, status: int, code: str) -> Json:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: Json = answer.json()
    assert body["type"] == f"/problems/{code}"
    assert body["detail"].endswith(".")
    return body


def test_from_draft_to_signature_and_addendum(reader: httpx.Client) -> None:
    report = drafted(reader, 1)
    shown = reader.get(report["links"]["self"])
    assert (shown.headers["etag"], shown.json()) == ('"1"', report)
    text = "There is a large left pneumothorax."
    kept = {"section": "findings", "text": text, "reason": "Seen on the film."}
    edited = patch(reader, report, {"findings": text, "kept": [kept]})
    assert (edited.status_code, edited.headers["etag"], edited.json()["state"]) == (200, '"2"', "edited")
    assert edited.json()["sections"] == report["sections"] | {"findings": text}
    assert edited.json()["kept"] == [kept]
    (sentence,) = [s for s in reader.get(report["links"]["verification"]).json()["sentences"] if s["text"] == text]
    assert sentence["verdict"] in {"unsupported", "contradicted"}
    signed = reader.post(report["links"]["sign"], headers={"If-Match": '"2"'})
    assert (signed.status_code, signed.headers["etag"]) == (200, '"3"')
    assert (signed.json()["state"], signed.json()["signed_by"]) == ("signed", "local")
    added = reader.post(report["links"]["addenda"], json={"text": "Called the ward."})
    assert (added.status_code, added.json()["state"]) == (201, "addended")
    assert added.json()["sections"] == edited.json()["sections"]
    history = reader.get(report["links"]["history"]).json()["items"]
    assert [version["action"] for version in history] == ["drafted", "edited", "signed", "addended"]
    assert [version["by"] for version in history] == ["narrator", "local", "local", "local"]
    assert history[0]["sections"] == report["sections"]
    assert history[3]["addendum"] == "Called the ward."


def test_a_signed_report_never_changes(reader: httpx.Client, ward: Server) -> None:
    report = drafted(reader, 2)
    assert reader.post(report["links"]["sign"], headers={"If-Match": '"1"'}).status_code == 200
    problem(patch(reader, report, {"findings": "Normal."}, 2), 409, "signed")
    problem(patch(reader, report, {"findings": "Normal."}, 1), 409, "signed")
    problem(reader.post(report["links"]["sign"], headers={"If-Match": '"2"'}), 409, "signed")
    assert reader.get(report["links"]["self"]).json()["sections"] == report["sections"]
    assert "sections" not in ward.log


def test_a_lost_update_is_refused_with_the_present_version(reader: httpx.Client) -> None:
    report = drafted(reader, 3)
    assert patch(reader, report, {"findings": "Mine."}).status_code == 200
    late = patch(reader, report, {"findings": "Yours."})
    assert problem(late, 412, "changed-meanwhile")["version"] == 2
    assert late.headers["etag"] == '"2"'
    assert reader.get(report["links"]["self"]).json()["sections"]["findings"] == "Mine."


def test_of_many_who_save_at_once_one_gets_through(reader: httpx.Client, ward: Server) -> None:
    report = drafted(reader, 4)

    def save(number: int) -> int:
        with ward.client() as client:
            return patch(client, report, {"findings": f"By {number}."}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(save, range(8))) == [200] + [412] * 7


@pytest.mark.parametrize("header", [{}, {"If-Match": "*"}])
def test_a_change_must_say_its_version(reader: httpx.Client, header: dict[str, str]) -> None:
    answer = reader.patch(f"{REPORTS}/nowhere", json={"findings": "x"}, headers=header)
    problem(answer, 428, "if-match-required")
    problem(reader.post(f"{REPORTS}/nowhere/sign", headers=header), 428, "if-match-required")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"findings": "x"}), ("POST", "/sign", None), ("POST", "/addenda", {"text": "x"}),
        ("GET", "/history", None), ("GET", "/verification", None),
    ],
)  # fmt: skip
def test_a_report_that_is_not_there_is_a_problem(
    reader: httpx.Client, method: str, path: str, body: Json | None
) -> None:
    answer = reader.request(method, f"{REPORTS}/nowhere{path}", json=body, headers={"If-Match": '"1"'})
    problem(answer, 404, "not-found")


def test_only_a_signed_report_has_addenda(reader: httpx.Client) -> None:
    report = drafted(reader, 5)
    problem(reader.post(report["links"]["addenda"], json={"text": "x"}), 409, "not-signed")


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    experts = "embedded" if EMBEDDED else "tests.plugs:expert"
    with running(tmp_path, experts=experts) as server:
        with server.client() as client:
            report = drafted(client, 6)
            patch(client, report, {"findings": "Kept."})
            client.post(report["links"]["sign"], headers={"If-Match": '"2"'})
        server.kill()
        server.start()
        with server.client() as client:
            shown = client.get(report["links"]["self"]).json()
    assert (shown["state"], shown["sections"]["findings"], shown["version"]) == ("signed", "Kept.", 3)


def test_the_worklist_is_searched_sorted_and_paged(reader: httpx.Client) -> None:
    found = {}
    for seed, ref in ((11, "Müller 7"), (12, "MÜLLER 8"), (13, "Meier")):
        report = drafted(reader, seed, patient_ref=ref)
        found[ref] = report["study_id"]
    reader.post(f"{REPORTS}/{report['id']}/sign", headers={"If-Match": '"1"'})

    def ids(**query: str) -> list[str]:
        answer = reader.get(STUDIES, params=query)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert ids(q="müller", sort="created_at") == [found["Müller 7"], found["MÜLLER 8"]]
    assert ids(q="müller") == [found["MÜLLER 8"], found["Müller 7"]]
    assert ids(q="m", signed="true", limit="1") == [found["Meier"]]
    assert found["Meier"] not in ids(signed="false")
    first = reader.get(STUDIES, params={"q": "müller", "limit": 1, "brief": "true"}).json()
    second = reader.get(STUDIES, params={"q": "müller", "limit": 1, "cursor": first["next_cursor"]}).json()
    assert [first["items"][0]["id"], second["items"][0]["id"]] == ids(q="müller")
    assert (first["items"][0]["report_state"], first["items"][0]["unread"]) == ("draft", True)
    assert second["next_cursor"] is None
    assert ids(q="müller", priority="routine") + ids(q="müller", priority="1", finding="pneumothorax") != []


@pytest.mark.parametrize(
    "query", ["priority=urgent", "finding=x", "sort=name", "status=x", "cursor=eA==", "q=" + "x" * 201]
)
def test_a_worklist_that_cannot_be_shown_is_refused(reader: httpx.Client, query: str) -> None:
    assert reader.get(f"{STUDIES}?{query}").status_code == 422


def test_a_study_is_unread_until_it_was_opened(reader: httpx.Client) -> None:
    study = upload(reader, png(21)).json()
    assert study["unread"]
    for _ in range(2):
        assert reader.put(f"{STUDIES}/{study['id']}/seen").status_code == 204
    assert not reader.get(study["links"]["self"]).json()["unread"]
    problem(reader.put(f"{STUDIES}/nowhere/seen"), 404, "not-found")


def test_the_pixels_are_the_films_own(reader: httpx.Client) -> None:
    tags = {
        "RescaleIntercept": -100,
        "RescaleSlope": 1,
        "ImagerPixelSpacing": [0.2, 0.1],
        "PatientOrientation": ["L", "F"],
        "WindowCenter": [1948, 900],
        "WindowWidth": [4096, 400],
        "WindowCenterWidthExplanation": ["NORMAL", "Dr. Roe's"],
    }
    film = dicom(31, 300, tags)
    image = upload(reader, film).json()["images"][0]
    answer = reader.get(image["links"]["pixels"])
    assert len(answer.content) == 300 * 300 * 2
    assert answer.headers["x-rescale-slope"] == "1"
    assert float(answer.headers["x-rescale-intercept"]) >= -100
    assert (answer.headers["x-pixel-spacing"], answer.headers["x-patient-orientation"]) == ("0.2\\0.1", "L\\F")
    values = np.frombuffer(answer.content, dtype="<u2") + float(answer.headers["x-rescale-intercept"])
    window = {"window_center": answer.headers["x-window-center"], "window_width": answer.headers["x-window-width"]}
    assert values.min() < float(window["window_center"]) < values.max()
    assert reader.get(image["links"]["preview"], params=window).status_code == 200
    assert [(one["name"], one["center"], one["width"]) for one in image["windows"]] == [
        ("NORMAL", 1948, 4096),
        (None, 900, 400),
    ]
    assert float(window["window_center"]) == image["windows"][0]["center"]
    again = reader.get(image["links"]["pixels"], headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert {tag["keyword"] for tag in reader.get(image["links"]["tags"]).json()["tags"]} >= {"BitsStored"}
    assert set(reader.get(image["links"]["anatomy"]).json()["organs"]) <= {"right_lung", "left_lung", "heart"}


def test_the_site_keeps_its_phrases(reader: httpx.Client) -> None:
    phrases = {"items": [{"id": "lungs", "section": "findings", "language": "de", "text": "Lungen frei."}]}
    assert reader.put("/api/v1/phrases", json=phrases).json() == phrases | {"site": []}
    assert reader.get("/api/v1/phrases").json() == phrases | {"site": []}
    problem(reader.put("/api/v1/phrases", json={"items": phrases["items"] * 2}), 409, "conflict")
    assert reader.get("/api/v1/phrases").json()["items"] == phrases["items"]


def test_the_system_says_what_it_is_and_who_asks(reader: httpx.Client) -> None:
    me, system = reader.get("/api/v1/me").json(), reader.get("/api/v1/system").json()
    assert me == {"id": "local", "name": "local", "auth": "off"}
    assert (system["llm"], system["guard"], system["name"]) == ("narrator", "repair", "cxr-scribe")
    assert all(len(network["weights_sha256"]) == 64 for network in (*system["experts"], system["gate"]))
    assert "en" in system["languages"]
    assert "not a medical device" in system["notice"]
