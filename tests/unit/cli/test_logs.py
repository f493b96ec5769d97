from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import logging, structlog
from service.logs import configure
from service.settings import Settings
configure(Settings(log_format={form!r}, log_level="info"))
name = "Jane Doe"
structlog.get_logger().info("ours", study="s")
logging.getLogger("other.library").warning("theirs")
logging.getLogger("httpx").info("GET https://llm.local/?patient=%s", name)
structlog.get_logger().debug("too much")
try:
    raise ValueError("boom")
except ValueError:
    structlog.get_logger().exception("failed")
"""


def logged(form: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(form=form)], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout == "", "standard output is for what was asked for"
    return run.stderr


def test_machines_get_one_json_object_a_line_from_ours_and_theirs() -> None:
    lines = [json.loads(line) for line in logged("json").splitlines()]
    assert [line["event"] for line in lines] == ["ours", "theirs", "failed"]
    assert lines[0] | {"level": "info", "study": "s"} == lines[0]
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert "ValueError: boom" in lines[2]["exception"]


def test_humans_get_lines_and_nobody_gets_local_variables_or_urls() -> None:
    for form in ("json", "console"):
        output = logged(form)
        assert "boom" in output
        assert "Jane" not in output.replace('name = "Jane Doe"', "")
        assert "too much" not in output
