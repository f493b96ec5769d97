"""A throwaway PostgreSQL cluster, where the server's programs are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from service.storage.tables import Row


class Cluster:
    """A running server on a Unix socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    def create(self) -> str:
        """Create a database that holds nothing (a third of a second) and return its URL."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._folder}"


def empty(url: str) -> None:
    """Remove every row, the audit trail's too (a few milliseconds): triggers and foreign keys are set aside for it."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in Row.metadata.tables:
            connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))


def programs() -> Path | None:
    """Return the folder of the newest installed server's programs (Debian's place, else PATH)."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    folders = ([Path(on_path).parent] if on_path else []) + folders
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)


@contextmanager
def cluster(bin_folder: Path) -> Iterator[Cluster]:
    """Start a server without durability, and remove it at the end. The server refuses to run as root."""
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="cxr-pg-"))  # a socket's path must be short
    data = str(folder / "data")
    options = (
        f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=60 -c autovacuum=off -c full_page_writes=off"
    )

    def run(program: str, *arguments: str) -> None:
        subprocess.run([bin_folder / program, *arguments], check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    try:
        if user:
            shutil.chown(folder, user, user)
        run("initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust", "--no-sync", "--encoding", "UTF8")
        run("pg_ctl", "start", "--wait", "-D", data, "-o", options, "--log", str(folder / "log"))
        try:
            yield Cluster(folder)
        finally:
            run("pg_ctl", "stop", "--mode", "immediate", "-D", data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
