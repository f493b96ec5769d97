"""The rules of the house that import-linter cannot express."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from inspect import signature
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PLUGS = [
    EntryPoint(name, value, group) for group, plugs in PROJECT["entry-points"].items() for name, value in plugs.items()
]
PACKAGES = ("models", "prompts", "service")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
TERMINAL = ("models/training/",)
"""Scripts that report to a terminal."""

ELSEWHERE = re.compile(
    # Split, so that this file does not name them either.
    "|".join(
        [
            "(?<![\\w.])/wor" + "k/",
            "py" + r"pi\.org",
            "python" + r"hosted\.org",
            "np" + r"mjs\.org",
            "ana" + r"conda\.org",
        ]
    )
)


def tracked() -> list[Path]:
    """Return the files that are or would be in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("left out: needs a git checkout to tell what belongs to the repository")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def run_apart(script: str) -> str:
    """Run Python in a process of its own, in which nothing was imported yet."""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("plug", PLUGS, ids=lambda plug: f"{plug.group}:{plug.name}")
def test_every_plug_resolves_to_a_builder_of_one_mapping(plug: EntryPoint) -> None:
    build = plug.load()
    assert plug.attr == "build"
    assert len(signature(build).parameters) == 1


def test_the_command_resolves() -> None:
    (command,) = [EntryPoint(name, value, "console_scripts") for name, value in PROJECT["scripts"].items()]
    assert command.name == "cxr"
    assert callable(command.load())


def test_every_expert_file_is_a_plug() -> None:
    files = {f"models.experts.{path.stem}" for path in (ROOT / "models" / "experts").iterdir() if path.stem[0] != "_"}
    plugs = {plug.module for plug in PLUGS if plug.group in {"cxr.experts", "cxr.segmenters"}}
    assert files == {".".join(module.split(".")[:3]) for module in plugs}


def test_the_declared_plugs_are_the_installed_ones() -> None:
    from service.plugins import names  # noqa: PLC0415 - the other tests here need nothing of ours to be imported

    for group in PROJECT["entry-points"]:
        assert set(names(group)) >= {plug.name for plug in PLUGS if plug.group == group}, "install the package again"


def test_no_library_code_prints() -> None:
    quiet = [path for path in MODULES if not path.relative_to(ROOT).as_posix().startswith(TERMINAL)]
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in quiet
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not found


def test_the_plain_service_loads_no_torch_and_leaves_dicom_to_its_worker() -> None:
    heavy = {"torch", "torchvision", "torchxrayvision", "pydicom"}
    loaded = run_apart(
        "import sys, service.web.app, service.cli.app, models.experts.embedded, service.llm.narrator\n"
        f"print(sorted({{name.partition('.')[0] for name in sys.modules}} & {heavy}))"
    )
    assert loaded.strip() == "[]"


def test_openvino_sends_no_usage_data() -> None:
    told = run_apart(
        "import models.runtime.openvino_engine, openvino.tools.ovc.telemetry_utils as sender\nprint(sender.tm.__name__)"
    )
    assert told.strip() == "openvino.tools.ovc.telemetry_stub"


def test_the_command_line_answers_before_the_heavy_libraries_are_loaded() -> None:
    heavy = ("openai", "uvicorn", "xllamacpp")
    loaded = run_apart(f"import sys, service.cli.app\nprint([name for name in {heavy} if name in sys.modules])")
    assert loaded.strip() == "[]"


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        if (match := ELSEWHERE.search(path.read_text(encoding="utf-8", errors="ignore")))
    ]
    assert not found


def test_no_film_or_weights_beyond_the_embedded_networks_are_in_the_repository() -> None:
    heavy = {".dcm", ".onnx", ".pt", ".pth", ".gguf", ".safetensors", ".bin"}
    strays = [
        path
        for path in tracked()
        if path.suffix.lower() in heavy and not path.is_relative_to(ROOT / "models" / "assets")
    ]
    assert not strays
    assert sum(path.stat().st_size for path in (ROOT / "models" / "assets").rglob("*") if path.is_file()) <= 20_000_000
