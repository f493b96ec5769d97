"""Let several ways of running a network take turns, round by round, so that what disturbs one disturbs all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median


@dataclass(slots=True)
class Contestant:
    """One process that runs a network in one way, and what it took so far."""

    way: str
    process: subprocess.Popen[str]
    rounds: list[list[float]] = field(default_factory=list)
    rss_mb: float = 0.0

    def run(self, films: int) -> float:
        """Infer so many films; return this round's median of the milliseconds a film."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("a contestant talks through pipes")
        print(films, file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        self.rounds.append(answer["ms"])
        self.rss_mb = answer["rss_mb"]
        return median(answer["ms"])

    @property
    def milliseconds(self) -> list[float]:
        """Every value of every round."""
        return [value for values in self.rounds for value in values]

    @property
    def medians(self) -> list[float]:
        """One value a round."""
        return [median(values) for values in self.rounds]


@contextmanager
def contestants(ways: Sequence[str], folder: Path) -> Iterator[dict[str, Contestant]]:
    """Start the processes, one after the other; end them at the end."""
    with ExitStack() as stack:
        started = {}
        for way in ways:
            command = [sys.executable, "-m", "bench.contestant", way, str(folder)]
            process = stack.enter_context(_piped(command))
            started[way] = Contestant(way, process)
            started[way].run(1)  # loaded and warm before the next one starts
            started[way].rounds.clear()
        yield started


def _piped(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own module
        command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def times_faster(one: Sequence[float], other: Sequence[float]) -> float:
    """How many times faster ``one`` is than ``other``: the median over the rounds, each with what disturbed it."""
    return median(theirs / mine for mine, theirs in zip(one, other, strict=True))
