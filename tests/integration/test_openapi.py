"""The description of the API is valid, and nothing that follows it, or nearly, makes the service fail."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from tests.server import Server

NAMED = {
    "/api/v1/studies": {"get", "post"},
    "/api/v1/studies/{study_id}": {"get", "delete"},
    "/api/v1/studies/{study_id}/findings": {"get"},
    "/api/v1/studies/{study_id}/events": {"get"},
    "/api/v1/studies/{study_id}/reports": {"post"},
    "/api/v1/studies/{study_id}/chat": {"get", "post"},
    "/api/v1/images/{image_id}/preview.png": {"get"},
    "/api/v1/images/{image_id}/heatmaps/{label}.png": {"get"},
    "/api/v1/reports/{report_id}": {"get"},
    "/api/v1/reports/{report_id}/provenance": {"get"},
    "/healthz": {"get"},
    "/readyz": {"get"},
}


@pytest.fixture(scope="module")
def described(service: Server) -> Any:  # noqa: ANN401 - schemathesis does not export the type
    """Return the description as the running service gives it."""
    return schemathesis.openapi.from_url(f"{service.url}/openapi.json")


def test_the_description_is_valid_and_names_every_call(described: Any) -> None:  # noqa: ANN401 - as above
    described.validate()
    paths = described.raw_schema["paths"]
    for path, methods in NAMED.items():
        assert set(paths[path]) >= methods


def test_the_documentation_loads_nothing_from_elsewhere(service: Server) -> None:
    with service.client() as client:
        page = client.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, methods in NAMED.items() for method in sorted(methods)]
)
def test_no_request_makes_the_service_fail(described: Any, path: str, method: str) -> None:  # noqa: ANN401 - as above
    # By hand, for schemathesis's own plugin does not know this pytest.
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(case=described[path][method].as_strategy())
    def check(case: Any) -> None:  # noqa: ANN401 - as above
        case.call_and_validate(checks=[not_a_server_error])

    check()
