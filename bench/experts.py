"""The runtime of the networks, beside torch as MedRAX calls it, ONNX Runtime and bare OpenVINO; alone and over HTTP."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx

from bench import zoo
from bench.crowd import AT_A_TIME, UPLOADS, Crowd, Films, rush
from bench.plain_expert import NETWORK
from bench.race import Contestant, contestants, times_faster
from bench.server import Server, running
from bench.table import Row, keep, show
from models.runtime import cpu_quota
from models.weights import ASSETS

ROUNDS = 8
ALONE = 6
"""Films a round, one after the other."""

TOGETHER = 32
"""Films a round, where throughput is measured."""

CROWD_ROUNDS = 2
STUDIES = (1, 8)
"""Films an upload."""

STARTS = 4
NAMES = {
    "eager": "torch eager, as MedRAX calls it",
    "onnxruntime": "ONNX Runtime",
    "openvino_latency": "bare OpenVINO, latency",
    "ours_alone": "ours, one film at a time",
    "openvino_throughput": "bare OpenVINO, throughput",
    "ours_crowd": "ours, 16 callers",
}
OPENVINO = ("openvino_latency", "ours_alone", "openvino_throughput", "ours_crowd")


def run() -> None:
    """Measure, print, keep."""
    figures: dict[str, object] = {"cores": cpu_quota()}
    with tempfile.TemporaryDirectory(prefix="cxr-bench-") as folder:
        absent = zoo.missing()
        if absent:
            packages = " ".join(absent)
            print(f"\nThe zoo's DenseNet-121 is left out: pip install {packages} torchvision (about 6 GB).")
        else:
            subprocess.run([sys.executable, "-m", "bench.zoo", folder], check=True, capture_output=True)  # noqa: S603
            figures["densenet121"] = _network("The zoo's DenseNet-121 (seeded weights)", Path(folder), tuple(NAMES))
        for asset in sorted(path.parent for path in ASSETS.glob("*/model.xml")):
            figures[asset.name] = _network(f"The embedded network {asset.name!r}", asset, OPENVINO)
        figures["start"] = _starts()
    keep("experts", figures)


def _network(title: str, folder: Path, ways: Sequence[str]) -> dict[str, object]:
    with contestants(ways, folder) as racers:
        for _ in range(ROUNDS):
            for way, racer in racers.items():
                racer.run(ALONE if way not in ("openvino_throughput", "ours_crowd") else TOGETHER)
        rows = [Row(NAMES[way], racer.milliseconds) for way, racer in racers.items()]
        show(f"{title}: ms a film on {cpu_quota()} cores", rows, _ratios(racers))
        over_http = _crowds(folder / "model.xml", racers["openvino_throughput"])
    return {"ms_p50": {row.name: row.p50 for row in rows}, "ms_p99": {row.name: row.p99 for row in rows}, **over_http}


def _ratios(racers: Mapping[str, Contestant]) -> list[str]:
    ours, crowd = racers["ours_alone"].medians, racers["ours_crowd"].medians
    notes = [
        f"ours at batch 1: {times_faster(ours, racers['openvino_latency'].medians):.2f} of bare OpenVINO (bound: 0.9)",
        f"ours, 16 callers: {times_faster(crowd, racers['openvino_throughput'].medians):.2f} of bare OpenVINO's best",
        "memory of each process: " + ", ".join(f"{racer.way} {racer.rss_mb:.0f} MB" for racer in racers.values()),
    ]
    if "eager" in racers:
        faster = times_faster(ours, racers["eager"].medians)
        notes.insert(0, f"ours at batch 1: {faster:.1f} times as fast as eager (bound: 6)")
    return notes


@dataclass(slots=True)
class _Rounds:
    """The rounds of uploads of so many films each, beside bare OpenVINO in the same round (ms a film)."""

    films: int
    crowds: list[Crowd] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Medians over the rounds; ``share`` is of bare OpenVINO's best throughput, decoding in neither."""
        without = [crowd.ms_a_film_without_decoding(cpu_quota()) for crowd in self.crowds]
        return {
            "films_a_second": 1000 / median(crowd.ms_a_film for crowd in self.crowds),
            "films_a_second_without_decoding": 1000 / median(without),
            "bare_films_a_second": 1000 / median(self.bare),
            "share": times_faster(without, self.bare),
            "service_cpu_ms_a_film": median(crowd.service_cpu_s * 1000 / crowd.films for crowd in self.crowds),
            "decoder_cpu_ms_a_film": median(crowd.decoder_cpu_s * 1000 / crowd.films for crowd in self.crowds),
            "client_cpu_ms_a_film": median(crowd.client_cpu_s * 1000 / crowd.films for crowd in self.crowds),
        }


def _crowds(network: Path, bare: Contestant) -> dict[str, object]:
    rounds = [_Rounds(films) for films in STUDIES]
    plug = {"CXR_EXPERTS": "bench.plain_expert:build", NETWORK: str(network)}
    with running(**plug) as server:
        asyncio.run(_alternate(server, bare, rounds))
        memory = server.rss_mb()
    rows = [
        Row(f"upload of {taken.films} films", [ms for crowd in taken.crowds for ms in crowd.uploads_ms])
        for taken in rounds
    ]
    figures = {f"{taken.films} films an upload": taken.figures() for taken in rounds}
    notes = [_told(name, of) for name, of in figures.items()]
    notes.append(f"resident after the run: {memory:.0f} MB with its decoder and up to 256 MB of decoded films")
    notes.append("without decoding: the clock less the decoders' processor time a core; this client's stays")
    show(f"  {AT_A_TIME} uploads at a time over HTTP, narrator, this network", rows, notes)
    return {"http": figures, "http_rss_mb": memory}


def _told(name: str, of: Mapping[str, float]) -> str:
    return (
        f"{name}: {of['films_a_second']:.1f} films/s; {of['films_a_second_without_decoding']:.1f} without decoding, "
        f"{of['share']:.2f} of bare OpenVINO's {of['bare_films_a_second']:.1f} (bound: 0.75); processor ms a film: "
        f"service {of['service_cpu_ms_a_film']:.0f}, decoder {of['decoder_cpu_ms_a_film']:.0f} (taken out), "
        f"this client {of['client_cpu_ms_a_film']:.0f}"
    )


async def _alternate(server: Server, bare: Contestant, rounds: Sequence[_Rounds]) -> None:
    films = Films()
    async with httpx.AsyncClient(base_url=server.url, timeout=300) as client:
        for taken in rounds:
            await rush(server, client, [films.upload(taken.films) for _ in range(UPLOADS)], taken.films)
        for _ in range(CROWD_ROUNDS):
            for taken in rounds:
                uploads = [films.upload(taken.films) for _ in range(UPLOADS)]
                before = bare.run(TOGETHER)
                taken.crowds.append(await rush(server, client, uploads, taken.films))
                taken.bare.append((before + bare.run(TOGETHER)) / 2)


def _starts() -> dict[str, object]:
    """Start the service on an empty compile cache, then on the one it left."""
    seconds, idle = [], 0.0
    with tempfile.TemporaryDirectory(prefix="cxr-bench-") as cache:
        for _ in range(STARTS):
            with running(CXR_CACHE_DIR=cache) as server:
                seconds.append(server.ready_s * 1000)
                idle = server.rss_mb()
    rows = [Row("compile cache empty", seconds[:1]), Row("compile cache warm", seconds[1:])]
    show("Start of the service, embedded networks, to ready (bound: 2000 ms warm)", rows, [f"idle: {idle:.0f} MB"])
    return {"cold_ms": seconds[0], "warm_ms": median(seconds[1:]), "idle_rss_mb": idle}
