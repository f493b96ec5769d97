"""The description of the API is valid, and nothing that follows it, or nearly, makes the service fail."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error

from tests.factories import png
from tests.server import Json, Server, upload

ROUTES = {
    "/api/v1/studies": {"get", "post"},
    "/api/v1/studies/{study_id}": {"get", "delete"},
    "/api/v1/studies/{study_id}/seen": {"put"},
    "/api/v1/studies/{study_id}/findings": {"get"},
    "/api/v1/studies/{study_id}/events": {"get"},
    "/api/v1/studies/{study_id}/reports": {"post"},
    "/api/v1/studies/{study_id}/chat": {"get", "post"},
    "/api/v1/images/{image_id}/preview.png": {"get"},
    "/api/v1/images/{image_id}/pixels": {"get"},
    "/api/v1/images/{image_id}/tags": {"get"},
    "/api/v1/images/{image_id}/anatomy": {"get"},
    "/api/v1/images/{image_id}/heatmaps/{label}.png": {"get"},
    "/api/v1/reports/{report_id}": {"get", "patch"},
    "/api/v1/reports/{report_id}/sign": {"post"},
    "/api/v1/reports/{report_id}/addenda": {"post"},
    "/api/v1/reports/{report_id}/history": {"get"},
    "/api/v1/reports/{report_id}/provenance": {"get"},
    "/api/v1/reports/{report_id}/verification": {"get"},
    "/api/v1/phrases": {"get", "put"},
    "/api/v1/me": {"get"},
    "/api/v1/system": {"get"},
    "/healthz": {"get"},
    "/readyz": {"get"},
}
CALLS = [(path, method) for path, methods in ROUTES.items() for method in sorted(methods)]
ABOUT_SOMETHING = [(path, method) for path, method in CALLS if "{" in path]
CAN_BE_WRONG = [("/api/v1/studies", "get"), ("/api/v1/studies", "post"), ("/api/v1/phrases", "put"), *ABOUT_SOMETHING]
"""Those that take anything: the others cannot be asked wrongly."""
SIGN = "/api/v1/reports/{report_id}/sign"
VERSIONED = {
    ("/api/v1/reports/{report_id}", "patch"): {200, 412, 428},
    (SIGN, "post"): {200, 409, 412, 428},
    ("/api/v1/reports/{report_id}/addenda", "post"): {201, 409, 412},
}
"""Changes of a report, each with what it must have answered when versions right, wrong and missing were sent."""
TAGS = st.sampled_from(["present", None, "", "*", '"1"', 'W/"1"', '"999999999"', "\u00e4", "1", '"1", "2", "3"', '","'])

Anything = Any  # schemathesis exports no types of what it makes

# By hand, for schemathesis's own plugin does not know this pytest.
bounded = settings(
    deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None, phases=[Phase.generate]
)
_films = count(70_000)
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def described(service: Server) -> Anything:
    """Return the description as the running service gives it."""
    return schemathesis.openapi.from_url(f"{service.url}/openapi.json")


@pytest.fixture
def study(client: httpx.Client) -> Json:
    """Return a drafted study that no other test has: it may be signed or deleted."""
    answer = upload(client, png(next(_films)))
    assert answer.is_success, answer.text
    drafted: Json = answer.json()
    return drafted


def test_the_description_is_valid_and_names_every_call(described: Anything) -> None:
    described.validate()
    assert {path: set(methods) for path, methods in described.raw_schema["paths"].items()} == ROUTES


def test_the_documentation_loads_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_no_request_that_follows_the_description_makes_the_service_fail(
    described: Anything, path: str, method: str
) -> None:
    @settings(bounded, max_examples=8)
    @given(case=described[path][method].as_strategy())
    def check(case: Anything) -> None:
        _refuses_well(case.call_and_validate(checks=[not_a_server_error]))

    check()


@pytest.mark.parametrize(("path", "method"), CAN_BE_WRONG)
def test_no_wrong_request_makes_the_service_fail(described: Anything, path: str, method: str) -> None:
    @settings(bounded, max_examples=8)
    @given(case=described[path][method].as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def check(case: Anything) -> None:
        _refuses_well(case.call_and_validate(checks=[not_a_server_error]))

    check()


@pytest.mark.parametrize(("path", "method"), ABOUT_SOMETHING)
def test_no_request_about_a_real_study_makes_the_service_fail(
    described: Anything, study: Json, path: str, method: str
) -> None:
    ids = _ids(study)

    @settings(bounded, max_examples=12)
    @given(case=described[path][method].as_strategy())
    def check(case: Anything) -> None:
        case.path_parameters = {name: ids[name] for name in ids if f"{{{name}}}" in path}
        _refuses_well(case.call_and_validate(checks=[not_a_server_error]))

    check()


@pytest.mark.parametrize(("path", "method"), VERSIONED)
def test_changes_are_refused_or_made_by_the_version_that_they_name(
    described: Anything, client: httpx.Client, study: Json, path: str, method: str
) -> None:
    report = study["reports"][0]
    seen = set()

    @settings(bounded, max_examples=40)
    @given(case=described[path][method].as_strategy(), tag=TAGS)
    def check(case: Anything, tag: str | None) -> None:
        nonlocal report
        now = client.get(report["links"]["self"])
        case.path_parameters = {"report_id": report["id"]}
        case.headers = {} if tag is None else {"If-Match": now.headers["etag"] if tag == "present" else tag}
        answer = case.call_and_validate(checks=[not_a_server_error])
        _refuses_well(answer)
        seen.add(answer.status_code)
        if answer.status_code >= 300:
            assert client.get(report["links"]["self"]).json() == now.json()
        if answer.status_code == 409 and path == SIGN:
            report = client.post(f"/api/v1/studies/{study['id']}/reports").json()
        elif answer.status_code == 409:
            client.post(report["links"]["sign"], headers={"If-Match": now.headers["etag"]}).raise_for_status()

    check()
    assert seen >= VERSIONED[path, method]


@pytest.mark.parametrize("path", sorted({path for path, _ in ABOUT_SOMETHING if (path, "get") in CALLS}))
def test_an_id_with_a_character_that_no_database_takes_is_nobodys(client: httpx.Client, path: str) -> None:
    for odd in ("%00", "a%00b"):
        answer = client.get(re.sub("{[^}]*_id}", odd, path).replace("{label}", "mass"))
        assert (answer.status_code, answer.json()["detail"]) == (404, "There is nothing of this id.")


def test_characters_that_no_database_takes_are_left_out_or_refused(client: httpx.Client) -> None:
    film = png(next(_films))
    study = upload(client, film, indication="Co\0ugh", patient_ref="\0R-1", accession="A\0").json()
    assert (study["indication"], study["patient_ref"], study["accession"]) == ("Cough", "R-1", "A")
    question = rb'{"message": "\ud800Is there\u0000 an effusion?"}'
    asked = client.post(study["links"]["chat"], content=question, headers=JSON)
    assert asked.status_code == 200
    assert client.get(study["links"]["chat"]).json()["items"][0]["text"] == "Is there an effusion?"
    phrase = rb'{"id": "\u0001", "section": "findings", "language": "en", "text": "x"}'
    refused = client.put("/api/v1/phrases", content=b'{"items": [' + phrase + b"]}", headers=JSON)
    assert refused.status_code == 422
    assert "body.items.0.id: " in refused.json()["detail"]
    assert client.get("/api/v1/phrases").is_success
    report = study["reports"][0]
    lost = client.patch(report["links"]["self"], json={"findings": "x"}, headers={"If-Match": 'W/"1"'})
    assert (lost.status_code, lost.json()["version"]) == (412, 1)
    assert "If-Match names no version" in lost.json()["detail"]


def _ids(study: Json) -> dict[str, str]:
    """Return what the path of any call about this study may ask for."""
    image = study["images"][0]
    return {
        "study_id": study["id"],
        "image_id": image["id"],
        "report_id": study["reports"][0]["id"],
        "label": image["findings"][0]["label"],
    }


def _refuses_well(answer: Anything) -> None:
    """A refusal says what is wrong, in a sentence, and by which id the operator finds it."""
    if 400 <= answer.status_code < 500:
        assert answer.headers["content-type"] == ["application/problem+json"], answer.text
        body = answer.json()
        assert body["detail"], answer.text
        assert body["request_id"], answer.text
        assert body["type"].startswith("/problems/")
