"""What the image is built from where there is no image registry: a Debian base, and the wheels.

Both are kept in the user's cache (`~/.cache/cxr-test`), for the next run. They come through this machine's own
configuration of apt and pip, so nothing here names a host, and the build itself needs no network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.container.engine import Engine, call

ROOT = Path(__file__).resolve().parents[3]
SUITE, PYTHON = "bookworm", "3.11"
"""The Debian release of the base and its Python: the oldest that the package supports."""

BASE_PACKAGES = ("python3", "python3-venv")
TOOLS = ("buildah", "debootstrap", "apt-get", "unshare")
NOT_SHIPPED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/lib/apt/lists", "var/cache/apt")
"""What Debian's slim images leave out as well."""


def left_out() -> str | None:
    """One line that says why the image cannot be built here; None where it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "left out: building the image needs root on Debian"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"left out: building the image needs Debian's {', '.join(missing)}" if missing else None


def cache() -> Path:
    """Folder for what is kept between runs."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cxr-test"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def base_archive(engine: Engine) -> Path:
    """Debian with Python and nothing else, as an OCI archive; 2 minutes the first time."""
    archive = cache() / f"base-{SUITE}-1.tar"
    if not archive.exists():
        with _made_whole(archive) as unfinished:
            engine.archive(_bootstrap, unfinished)
    return archive


def wheels() -> Path:
    """Folder of the wheels that pyproject.toml and constraints.txt ask for; half a minute the first time."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    constraints = ROOT / "constraints.txt"
    key = hashlib.sha256("\n".join([*asked, constraints.read_text()]).encode()).hexdigest()[:16]
    folder = cache() / f"wheels-{key}"
    if not folder.exists():
        for outdated in cache().glob("wheels-*"):
            shutil.rmtree(outdated)
        with _made_whole(folder) as unfinished:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(unfinished)]
            call([*pip, "--python-version", PYTHON, "--only-binary", ":all:", "-c", str(constraints), *asked])
    return folder


@contextmanager
def _made_whole(path: Path) -> Iterator[Path]:
    """Give a place to make it, and put it under its own name only once it is complete."""
    unfinished = path.with_name(f"unfinished-{os.getpid()}-{path.name}")
    try:
        yield unfinished
        unfinished.rename(path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.unlink(missing_ok=True)


def _bootstrap(tree: Path) -> None:
    options = ["--variant=minbase", f"--include={','.join(BASE_PACKAGES)}"]
    # In a mount namespace of its own, which takes the chroot's /proc with it, whatever happens.
    own_mounts = ["unshare", "--mount", "--propagation", "private"]
    call([*own_mounts, "debootstrap", *options, SUITE, str(tree), _mirror()])
    for name in NOT_SHIPPED:
        shutil.rmtree(tree / name)


def _mirror() -> str:
    """The Debian mirror that this machine's apt is set to."""
    listing = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"]
    for line in subprocess.run(listing, check=True, capture_output=True, text=True).stdout.splitlines():
        uri, release, component = line.split()
        if component == "main" and "-" not in release and uri.rstrip("/").endswith("/debian"):
            return uri
    raise RuntimeError("apt on this machine knows no Debian mirror")
