"""The runtime of the networks, beside torch as MedRAX calls it, ONNX Runtime and bare OpenVINO; alone and over HTTP."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import httpx

from bench import zoo
from bench.crowd import AT_A_TIME, UPLOADS, Crowd, Films, rush
from bench.plain_expert import NETWORK
from bench.race import Contestant, contestants, times_faster
from bench.server import Server, running
from bench.table import Row, keep, show
from models.runtime import Precision, cpu_quota
from models.runtime.openvino_engine import halves
from models.runtime.precision import INT8
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
    "ours_bf16": "ours, bf16, one film at a time",
    "ours_int8": "ours, int8, one film at a time",
    "openvino_throughput": "bare OpenVINO, throughput",
    "ours_crowd": "ours, 16 callers",
}
ELSEWHERE = frozenset({"eager", "onnxruntime"})
"""Ways that only the zoo's network has the files for."""


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
            if find_spec(zoo.QUANTISER) is None:
                print(f"\nIts int8 form is left out: pip install {zoo.QUANTISER}.")
            figures["densenet121"] = _network("The zoo's DenseNet-121 (seeded weights)", Path(folder), _ways(folder))
        for asset in sorted(path.parent for path in ASSETS.glob("*/model.xml")):
            ways = [way for way in _ways(asset) if way not in ELSEWHERE]
            figures[asset.name] = _network(f"The embedded network {asset.name!r}", asset, ways)
        figures["start"] = _starts()
    keep("experts", figures)


def _ways(folder: Path | str) -> list[str]:
    """All ways but those that this processor or this folder has not what it takes for."""
    lacking = set()
    if Precision.BF16 not in halves():
        lacking.add("ours_bf16")
    if not (Path(folder) / INT8).is_file():
        lacking.add("ours_int8")
    return [way for way in NAMES if way not in lacking]


def _network(title: str, folder: Path, ways: Sequence[str]) -> dict[str, object]:
    loss = _loss(folder)
    with contestants(ways, folder) as racers:
        for _ in range(ROUNDS):
            for way, racer in racers.items():
                racer.run(ALONE if way not in ("openvino_throughput", "ours_crowd") else TOGETHER)
        rows = [Row(NAMES[way], racer.milliseconds) for way, racer in racers.items()]
        notes = [*_ratios(racers), *(_cost(name, figures) for name, figures in loss.items())]
        show(f"{title}: ms a film on {cpu_quota()} cores", rows, notes)
        over_http = _crowds(folder / "model.xml", racers["openvino_throughput"])
    p50, p99 = {row.name: row.p50 for row in rows}, {row.name: row.p99 for row in rows}
    return {"ms_p50": p50, "ms_p99": p99, "precisions": loss, **over_http}


def _loss(folder: Path) -> dict[str, dict[str, float]]:
    path = folder / zoo.LOSS
    read: dict[str, dict[str, float]] = json.loads(path.read_text()) if path.is_file() else {}
    return read


def _cost(name: str, figures: Mapping[str, float]) -> str:
    return (
        f"{name} against f32 on {figures['films']} drawn films: scores differ by {figures['largest_difference']:.3f} "
        f"at most, {figures['mean_difference']:.4f} on average; {figures['calls_changed']:.2%} of the calls change"
    )


def _ratios(racers: Mapping[str, Contestant]) -> list[str]:
    ours, crowd = racers["ours_alone"].medians, racers["ours_crowd"].medians
    return [
        *_against_eager(racers),
        f"ours at batch 1: {times_faster(ours, racers['openvino_latency'].medians):.2f} of bare OpenVINO (bound: 0.9)",
        f"ours, 16 callers: {times_faster(crowd, racers['openvino_throughput'].medians):.2f} of bare OpenVINO's best",
        "memory of each process: " + ", ".join(f"{racer.way} {racer.rss_mb:.0f} MB" for racer in racers.values()),
    ]


def _against_eager(racers: Mapping[str, Contestant]) -> Iterator[str]:
    """Yield how often eager is beaten, by every precision: the bound is met by any that the card permits."""
    if "eager" not in racers:
        return
    for way, name in (("ours_alone", "ours"), ("ours_bf16", "ours bf16"), ("ours_int8", "ours int8")):
        if way in racers:
            faster = times_faster(racers[way].medians, racers["eager"].medians)
            yield f"{name} at batch 1: {faster:.1f} times as fast as eager (bound: 6)"


@dataclass(slots=True)
class _Rounds:
    """The rounds of uploads of so many films each, beside bare OpenVINO in the same round (ms a film).

    ``bare``: this network; ``organs``: the anatomy network, which the service runs on every film, too.
    """

    films: int
    crowds: list[Crowd] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    organs: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Medians over the rounds; the shares are of bare OpenVINO's best throughput, decoding in neither.

        ``share`` is of this network alone, ``share_of_both`` of bare OpenVINO with it and the anatomy network.
        """
        without = [crowd.ms_a_film_without_decoding(cpu_quota()) for crowd in self.crowds]
        both = [one + other for one, other in zip(self.bare, self.organs, strict=True)]
        return {
            "films_a_second": 1000 / median(crowd.ms_a_film for crowd in self.crowds),
            "films_a_second_without_decoding": 1000 / median(without),
            "bare_films_a_second": 1000 / median(self.bare),
            "share": times_faster(without, self.bare),
            "share_of_both": times_faster(without, both),
            "service_cpu_ms_a_film": median(crowd.service_cpu_s * 1000 / crowd.films for crowd in self.crowds),
            "decoder_cpu_ms_a_film": median(crowd.decoder_cpu_s * 1000 / crowd.films for crowd in self.crowds),
            "client_cpu_ms_a_film": median(crowd.client_cpu_s * 1000 / crowd.films for crowd in self.crowds),
        }


def _crowds(network: Path, bare: Contestant) -> dict[str, object]:
    rounds = [_Rounds(films) for films in STUDIES]
    plug = {"CXR_EXPERTS": "bench.plain_expert:build", NETWORK: str(network)}
    anatomy = ASSETS / "anatomy"
    with running(**plug) as server, contestants(["openvino_throughput"], anatomy) as beside:
        asyncio.run(_alternate(server, (bare, beside["openvino_throughput"]), rounds))
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
        f"{of['share']:.2f} of bare OpenVINO's {of['bare_films_a_second']:.1f} (bound: 0.75), "
        f"{of['share_of_both']:.2f} where it runs the anatomy network too, as the service does; processor ms a film: "
        f"service {of['service_cpu_ms_a_film']:.0f}, decoder {of['decoder_cpu_ms_a_film']:.0f} (taken out), "
        f"this client {of['client_cpu_ms_a_film']:.0f}"
    )


async def _alternate(server: Server, bare: tuple[Contestant, Contestant], rounds: Sequence[_Rounds]) -> None:
    films = Films()
    async with httpx.AsyncClient(base_url=server.url, timeout=300) as client:
        for taken in rounds:
            await rush(server, client, [films.upload(taken.films) for _ in range(UPLOADS)], taken.films)
        for _ in range(CROWD_ROUNDS):
            for taken in rounds:
                uploads = [films.upload(taken.films) for _ in range(UPLOADS)]
                before = [each.run(TOGETHER) for each in bare]
                taken.crowds.append(await rush(server, client, uploads, taken.films))
                after = [each.run(TOGETHER) for each in bare]
                network, organs = ((one + other) / 2 for one, other in zip(before, after, strict=True))
                taken.bare.append(network)
                taken.organs.append(organs)


def _starts() -> dict[str, object]:
    """Start the service where nothing is there yet, then with the compile cache it left, then with its data too."""
    with tempfile.TemporaryDirectory(prefix="cxr-bench-") as cache, tempfile.TemporaryDirectory() as data:
        cold = [_ready_ms(cache)]
        _ready_ms(cache, CXR_DATA_DIR=data)
        warm, again = zip(
            *((_ready_ms(cache), _ready_ms(cache, CXR_DATA_DIR=data)) for _ in range(STARTS)), strict=True
        )
        with running(CXR_CACHE_DIR=cache) as server:
            idle = server.rss_mb()
    rows = [Row("nothing there yet", cold), Row("compile cache warm, no data", warm), Row("started again", again)]
    show("Start of the service, embedded networks, to ready (bound: 2000 ms warm)", rows, [f"idle: {idle:.0f} MB"])
    return {"ms_p50": {row.name: row.p50 for row in rows}, "idle_rss_mb": idle}


def _ready_ms(cache: str, **settings: str) -> float:
    with running(CXR_CACHE_DIR=cache, **settings) as server:
        return server.ready_s * 1000
