"""The image as an operator gets it: built, run with a read-only root and no rights, asked for a report, stopped."""

from __future__ import annotations

import logging
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.factories import png
from tests.integration.container.conftest import free_port, new_key
from tests.integration.container.engine import Container, Engine, Server
from tests.integration.container.ingredients import left_out

if reason := left_out():
    pytest.skip(reason, allow_module_level=True)

# The first test builds the image, and on a new machine its base too.
pytestmark = [pytest.mark.container, pytest.mark.timeout(900)]

UID = "10001"
SECTIONS = {"indication", "technique", "comparison", "findings", "impression"}
_log = logging.getLogger(__name__)


def _send(server: Server, key: str | None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    film = ("film.png", png(side=1024), "image/png")
    return httpx.post(f"{server.url}/api/v1/studies", files={"files": film}, headers=headers, timeout=60)


def _megabytes(folder: Path) -> int:
    used = subprocess.run(["du", "-s", "-BM", "--apparent-size", folder], check=True, capture_output=True, text=True)
    return int(used.stdout.split("M")[0])


def test_a_film_comes_back_with_findings_and_a_whole_report(server: Server, key: str) -> None:
    answer = _send(server, key)
    assert answer.status_code == 201, answer.text
    study = answer.json()
    assert study["findings"]
    assert {name for name, text in study["reports"][0]["sections"].items() if text} == SECTIONS


@pytest.mark.parametrize("key", [None, "cxr_wrong"])
def test_who_has_no_key_is_refused(server: Server, key: str | None) -> None:
    assert _send(server, key).status_code == 401


def test_runs_as_nobody_in_particular(server: Server) -> None:
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    assert status["Uid"] == status["Gid"] == [UID] * 4
    assert status["CapEff"] == status["CapPrm"] == ["0" * 16]


def test_writes_to_the_volume_and_tmp_alone(server: Server) -> None:
    mounts = [line.split() for line in Path(f"/proc/{server.pid}/mounts").read_text().splitlines()]
    options = {point: set(flags.split(",")) for _, point, _, flags, *_ in mounts}
    assert "ro" in options["/"]
    assert {"rw"} <= options["/var/lib/cxr-scribe"] & options["/tmp"]  # noqa: S108 - the container's own


def test_ready_within_seconds(server: Server) -> None:
    assert server.ready_s < 20


def test_the_health_check_tells_a_server_from_none(server: Server, container: Container) -> None:
    kind, *check = container.config["Healthcheck"]["Test"]
    assert kind == "CMD"
    for port, status in ((httpx.URL(server.url).port, 0), (free_port(), 1)):
        done = container.execute(*(word.replace("8000", str(port)) for word in check))
        # buildah says 1 for whatever status the command left with
        assert min(done.returncode, 1) == status, done.stderr


def test_what_the_image_says_of_itself(container: Container) -> None:
    config = container.config
    assert config["User"] == f"{UID}:{UID}"
    assert config["StopSignal"] == "SIGTERM"
    assert config["Volumes"] == {"/var/lib/cxr-scribe": {}}
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_ships_the_service_compiled_and_no_installer_no_torch(container: Container) -> None:
    packages = container.root / "opt" / "cxr-scribe" / "lib" / "python3.11" / "site-packages"
    assert not any((packages / name).exists() for name in ("pip", "setuptools", "hatchling", "torch"))
    sources = {path.relative_to(packages) for path in (packages / "service").rglob("*.py")}
    compiled = (packages / "service").rglob("*.pyc")
    assert sources == {path.relative_to(packages).parent.parent / f"{path.name.split('.')[0]}.py" for path in compiled}


def test_ships_no_setuid_program_and_no_package_index(container: Container) -> None:
    programs = [path for path in (container.root / "usr").rglob("*") if path.is_file() and not path.is_symlink()]
    assert [path for path in programs if path.stat().st_mode & 0o6000] == []
    assert not (container.root / "etc" / "pip.conf").exists()


def test_is_slim(container: Container) -> None:
    own, whole = _megabytes(container.root / "opt"), _megabytes(container.root)
    _log.info("image %d MB, of it ours %d MB, the base %d MB", whole, own, whole - own)
    assert own < 550


def test_stops_in_time_and_keeps_what_it_had(engine: Engine, image: str) -> None:
    container = engine.container(image)
    with container.serving(free_port()) as first:
        key = new_key(container)
        study = _send(first, key).json()["id"]
        stopped_s = first.stop()
        assert stopped_s < 10
    _log.info("stopped in %.1f s", stopped_s)
    with container.serving(free_port()) as second:
        again = httpx.get(f"{second.url}/api/v1/studies/{study}", headers={"Authorization": f"Bearer {key}"})
    assert again.status_code == 200
    assert again.json()["reports"]
