from __future__ import annotations

from pathlib import Path

import pytest

from service.domain.errors import ConfigurationError
from service.storage.engine import make_engine, parse_url


@pytest.mark.parametrize(
    ("url", "driver", "database"),
    [
        ("sqlite:///data/cxr.db", "sqlite+aiosqlite", "data/cxr.db"),
        ("sqlite:////var/lib/cxr.db", "sqlite+aiosqlite", "/var/lib/cxr.db"),
        ("sqlite+aiosqlite:///cxr.db", "sqlite+aiosqlite", "cxr.db"),
        ("postgresql://user:secret@host:5433/cxr?sslmode=require", "postgresql+psycopg", "cxr"),
        ("postgresql+psycopg:///cxr", "postgresql+psycopg", "cxr"),
    ],
)
def test_a_url_is_mapped_to_its_driver(url: str, driver: str, database: str) -> None:
    parsed = parse_url(url)
    assert (parsed.drivername, parsed.database) == (driver, database)


def test_what_else_a_url_says_is_kept() -> None:
    parsed = parse_url("postgresql://user:s%40cret@host:5433/cxr?sslmode=require")
    assert (parsed.password, parsed.port, dict(parsed.query)) == ("s@cret", 5433, {"sslmode": "require"})


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:secret@host/cxr",
        "postgresql+asyncpg://u:secret@host/cxr",
        "sqlite://",
        "sqlite:///:memory:",
        "secret",
        "",
    ],
)
def test_other_urls_are_a_configuration_error_that_keeps_the_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_url(url)
    assert "secret" not in caught.value.detail
    assert "sqlite:///" in caught.value.detail


def test_a_sqlite_file_that_cannot_be_made_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        make_engine(f"sqlite:///{tmp_path}/file/cxr.db")
