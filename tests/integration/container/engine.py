"""Debian's buildah as a container engine: it builds an image and runs it with no daemon and no registry.

What `--isolation chroot` cannot do, and an engine would: namespaces for processes and network (the container shares
this machine's), limits of memory and processes, no-new-privileges.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder with a random name is made in it
ENOUGH = 8 << 30
"""Bytes of memory to spare, at which the 1.5 GB of images and containers are kept there: twice as fast as a disk."""

START_S, STOP_S = 60, 30

# buildah has no flag for it: its root is mounted over itself, read-only, where only it sees that.
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
# Files that buildah mounts its own over; it makes them where they are missing, and removes those again.
MOUNT_POINTS = ("run/.containerenv", "etc/hosts", "etc/hostname", "etc/resolv.conf")


def call(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    """Run a command and return what it prints. Raises RuntimeError with the end of its complaint."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder for images and containers, in memory where there is enough, and remove all of it at the end."""
    parent = MEMORY if _fits_in_memory() else None
    with tempfile.TemporaryDirectory(prefix="cxr-container-", dir=parent) as folder:
        yield Path(folder)


def _fits_in_memory() -> bool:
    if not MEMORY.is_dir():
        return False
    usable = not os.statvfs(MEMORY).f_flag & (os.ST_NODEV | os.ST_NOEXEC)  # debootstrap makes devices and runs programs
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return usable and min(available, shutil.disk_usage(MEMORY).free) > ENOUGH


@dataclass(frozen=True)
class Engine:
    """One storage of images and containers, in ``scratch``."""

    scratch: Path

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of buildah on this storage."""
        storage = ("--root", str(self.scratch / "storage"), "--runroot", str(self.scratch / "run"))
        return ["buildah", *storage, "--storage-driver", "vfs", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of buildah: what it writes besides goes to the scratch folder too."""
        return {**os.environ, "TMPDIR": str(self.scratch)}

    def run(self, *arguments: str) -> str:
        """Call buildah and return what it prints, stripped. Raises RuntimeError."""
        return call(self.command(*arguments), self.environment).strip()

    def archive(self, fill: Callable[[Path], None], archive: Path) -> None:
        """Pack what ``fill`` puts into an empty folder as an image of one layer, in an OCI archive."""
        container = self.run("from", "scratch")
        fill(Path(self.run("mount", container)))
        image = self.run("commit", "--quiet", "--rm", container)
        self.run("push", "--disable-compression", image, f"oci-archive:{archive}")
        self.run("rmi", image)

    def build(self, context: Path, base: Path, wheels: Path) -> str:
        """Build docker/Dockerfile on ``base`` from ``wheels`` alone and return the image's name."""
        pip = self.scratch / "pip.conf"
        pip.write_text("[global]\nno-index = true\nfind-links = /wheels\n")
        index = ("--secret", f"id=pip.conf,src={pip}", "--volume", f"{wheels}:/wheels:ro")
        what = ("--build-arg", f"BASE=oci-archive:{base}", "--file", str(context / "docker" / "Dockerfile"))
        # Docker's format, because OCI's has no health check.
        self.run("bud", "--isolation", "chroot", "--format", "docker", *index, *what, "--tag", "cxr", str(context))
        return "localhost/cxr"

    def container(self, image: str) -> Container:
        """Make a container of an image, with the image's volumes, empty."""
        name = self.run("from", image)
        root = Path(self.run("mount", name))
        return Container(self, name, root, json.loads(self.run("inspect", name))["Docker"]["config"])


@dataclass(frozen=True)
class Server:
    """The service in a running container; ``pid`` is its first process, as this machine counts."""

    url: str
    pid: int
    ready_s: float
    family: frozenset[int]

    def stop(self) -> float:
        """Stop it as an engine would, and return the seconds until its last process was gone."""
        started = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        while any(_alive(pid) for pid in self.family) and time.monotonic() - started < STOP_S:
            time.sleep(0.02)
        return time.monotonic() - started


@dataclass(frozen=True)
class Container:
    """A container; ``config`` is its image's, in Docker's terms."""

    engine: Engine
    name: str
    root: Path
    config: dict[str, Any]

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run another command in it, as its user, on the same volumes."""
        line = self.engine.command("run", "--isolation", "chroot", self.name, *command)
        return subprocess.run(line, check=False, capture_output=True, text=True, env=self.engine.environment)

    @contextmanager
    def serving(self, port: int) -> Iterator[Server]:
        """Run the image's own command, on a port: read-only root, /tmp in memory, no capabilities."""
        for point in MOUNT_POINTS:
            (self.root / point).touch()
        log = self.engine.scratch / f"{self.name}.log"
        isolation = ("--isolation", "chroot", "--cap-drop", "ALL", "--mount", "type=tmpfs,target=/tmp")
        run = self.engine.command("run", *isolation, self.name, *self.config["Cmd"], "--port", str(port))
        own_mounts = ("unshare", "--mount", "--propagation", "private", "sh", "-c", READ_ONLY, str(self.root))
        with log.open("w") as out:
            process = subprocess.Popen([*own_mounts, *run], stdout=out, stderr=out, env=self.engine.environment)
        try:
            yield _ready(process, port, log)
        finally:
            for pid in _descendants(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            # Its exit status says nothing: buildah 1.28 panics when it tidies up a root that is read-only.
            process.kill()
            process.wait()


def _ready(process: subprocess.Popen[bytes], port: int, log: Path) -> Server:
    """Wait until the server takes studies. Raises RuntimeError with its log when it never does."""
    started = time.monotonic()
    url = f"http://127.0.0.1:{port}"
    while process.poll() is None and time.monotonic() - started < START_S:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/readyz").is_success:
                ready_s = time.monotonic() - started
                family = _descendants(process.pid)
                return Server(url, next(pid for pid in family if _is_service(pid)), ready_s, family)
        time.sleep(0.05)
    raise RuntimeError(f"the container is not ready after {time.monotonic() - started:.0f} s:\n{log.read_text()}")


def _is_service(pid: int) -> bool:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return words[0].endswith(b"/python") and b"serve" in words  # buildah's own carry the same words after their name


def _descendants(pid: int) -> frozenset[int]:
    lists = list(Path("/proc").glob(f"{pid}/task/*/children"))  # any thread may have started some
    children = {int(child) for path in lists for child in path.read_text().split()}
    return frozenset(children).union(*(_descendants(child) for child in children))


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
