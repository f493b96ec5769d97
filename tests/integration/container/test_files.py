"""compose.yaml, Dockerfile and .dockerignore: what can be told of them without an engine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
SETTINGS = {f"CXR_{name.upper()}" for name in Settings.model_fields}


@pytest.fixture
def services() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
    assert set(loaded["volumes"]) == {"data", "database"}
    services: dict[str, Any] = loaded["services"]
    return services


def test_every_setting_they_name_is_one(services: dict[str, Any]) -> None:
    in_image = set(re.findall(r"^\s+(?:ENV )?(CXR_\w+)=", DOCKERFILE, re.MULTILINE))
    assert {"CXR_DATA_DIR", "CXR_CACHE_DIR", "CXR_AUTH"} <= in_image <= SETTINGS
    assert set(services["scribe"]["environment"]) <= SETTINGS - in_image


def test_settings_left_alone_are_absent_rather_than_empty(services: dict[str, Any]) -> None:
    assert set(services["scribe"]["environment"].values()) == {None}


@pytest.mark.parametrize("name", ["scribe", "database"])
def test_services_have_no_rights(services: dict[str, Any], name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_only_this_machine_reaches_it(services: dict[str, Any]) -> None:
    assert services["scribe"]["ports"] == ["127.0.0.1:${PORT:-8000}:8000"]
    assert "ports" not in services["database"]
    assert 'CMD ["cxr", "serve", "--host", "0.0.0.0"]' in DOCKERFILE


def test_postgresql_is_left_out_unless_asked_for(services: dict[str, Any]) -> None:
    assert services["database"]["profiles"] == ["postgres"]
    assert services["scribe"]["depends_on"]["database"]["required"] is False


def test_the_volume_lies_where_the_image_keeps_its_data(services: dict[str, Any]) -> None:
    assert services["scribe"]["volumes"] == ["data:/var/lib/cxr-scribe"]
    assert "CXR_DATA_DIR=/var/lib/cxr-scribe " in DOCKERFILE
    assert "\nVOLUME /var/lib/cxr-scribe\n" in DOCKERFILE


def test_tmp_holds_the_largest_upload(services: dict[str, Any]) -> None:
    [tmp] = services["scribe"]["tmpfs"]
    size = re.search(r":size=(\d+)g,", tmp)
    assert size is not None
    assert int(size[1]) << 30 >= Settings.model_fields["max_upload_bytes"].default


def test_the_server_is_given_more_time_to_stop_than_it_takes(services: dict[str, Any]) -> None:
    assert services["scribe"]["stop_grace_period"] == "30s"


def test_the_builder_gets_all_that_is_copied_and_no_more() -> None:
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copied = [re.findall(r"\S+", line)[:-1] for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)]
    assert sorted(allowed) == sorted(name for names in copied for name in names)
    assert [name for name in allowed if not (ROOT / name).exists()] == []


def test_the_label_says_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"\nARG VERSION={project['version']}\n" in DOCKERFILE
