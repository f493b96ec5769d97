"""The one file that touches torchxrayvision: published checkpoints in, the library's own networks out.

When it is imported, the library edits ``sys.path``, silences every warning and leaves a module called "model" behind;
all three are put back. Its loaders unpickle whole objects, which can run any code; so every checkpoint is first read by
an unpickler that knows networks and tensors and refuses all else. Needs the extra ``zoo``; imported by ``pull`` alone.
"""

from __future__ import annotations

import json
import math
import pickle
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import torch

from models.base import ExpertError
from models.experts.zoo.catalogue import Entry

DISTRIBUTION = "torchxrayvision"

HARMLESS = {
    "torch.nn.modules": None,
    "torchxrayvision.models": {"DenseNet", "_DenseBlock", "_DenseLayer", "_Transition"},
    "torchvision.models.densenet": {"DenseNet", "_DenseBlock", "_DenseLayer", "_Transition"},
    "torch._utils": {"_rebuild_parameter", "_rebuild_tensor", "_rebuild_tensor_v2"},
    "torch": {
        "Size",
        "device",
        "FloatStorage",
        "DoubleStorage",
        "HalfStorage",
        "LongStorage",
        "IntStorage",
        "BoolStorage",
    },
    "collections": {"OrderedDict", "defaultdict"},
    "builtins": {"set", "list", "dict", "int", "float"},
    "__builtin__": {"set", "list", "dict", "int", "float"},
}
"""What a checkpoint may name: a module's classes, or every class in a package (None)."""

DAMAGED = (
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ImportError,
    EOFError,
    OSError,
    pickle.UnpicklingError,
)
"""What pickle, torch and the library raise at a file that is damaged or of another network; pickle's documentation
lists its share and calls it incomplete."""


@dataclass(frozen=True, slots=True)
class Original:
    """A published network as the library gives it.

    ``scores`` takes (films, 1, size, size) in [-1024, 1024] and returns raw sigmoid values (films, ``names``), or organ
    logits (films, ``names``, size, size). ``names`` holds "" where the network was not trained. ``evidence`` are the
    features and the linear layer of networks whose logit is that layer on the mean of the features' ReLU, else None.
    """

    scores: Any
    names: tuple[str, ...]
    operating_points: Mapping[str, float]
    evidence: tuple[Any, Any] | None = None
    library: str = ""


def load(entry: Entry, checkpoint: Path, *, trust: bool = False) -> Original:
    """Load a checkpoint of the catalogue. With ``trust`` whatever it holds is run.

    Raises ExpertError when the file is not what the catalogue says, or would run code and is not trusted.
    """
    with torchxrayvision() as xrv:
        try:
            if not trust:
                inspect(checkpoint)
            return _LOADERS[entry.architecture](xrv, entry, checkpoint)
        except DAMAGED as error:
            first = (str(error) or repr(error)).splitlines()[0]
            raise ExpertError(f"{checkpoint} is not a checkpoint of {entry.name}: {first}") from error


def inspect(checkpoint: Path) -> None:
    """Read the checkpoint without running anything it says. Raises ExpertError when it names what is not harmless."""
    if zipfile.is_zipfile(checkpoint) and (members := _nested(checkpoint)):
        with zipfile.ZipFile(checkpoint) as archive:
            for member in members:
                with archive.open(member) as file:
                    _read_harmless(file)
    else:
        _read_harmless(checkpoint)


def _nested(checkpoint: Path) -> list[str]:
    """Checkpoints inside an archive of checkpoints; none for a checkpoint, which may be an archive itself."""
    with zipfile.ZipFile(checkpoint) as archive:
        return [name for name in archive.namelist() if name.endswith(".pth.tar")]


class _Harmless(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - whatever the file names
        if not _harmless(module, name):
            raise ExpertError(
                f"The checkpoint would run {module}.{name}, which no published network needs: it is not loaded. If you "
                "know where it is from, give its hash and say that you trust it: --sha256 ... --trust."
            )
        return super().find_class(module, name)


def _harmless(module: str, name: str) -> bool:
    if module.startswith("torch.nn.modules."):
        return isinstance(getattr(import_module(module), name, None), type)
    return name in (HARMLESS.get(module) or ())


def _read_harmless(file: Path | IO[bytes]) -> None:
    reader = SimpleNamespace(
        __name__="harmless", Unpickler=_Harmless, load=lambda f, **given: _Harmless(f, **given).load()
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the library's source has changed since the network was saved
        torch.load(file, map_location="cpu", pickle_module=reader, weights_only=False)


@contextmanager
def torchxrayvision() -> Iterator[Any]:
    """Import the library, and leave the process as it was."""
    path, modules = list(sys.path), set(sys.modules)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield import_module(DISTRIBUTION)
        finally:
            sys.path[:] = path
            for name in set(sys.modules) - modules:
                if name.partition(".")[0] == "model":
                    del sys.modules[name]


def _densenet(xrv: Any, entry: Entry, checkpoint: Path) -> Original:  # noqa: ANN401 - the library is untyped
    with _as_published(entry, checkpoint) as folder:
        network = xrv.models.DenseNet(weights=entry.name, cache_dir=str(folder))
    return _of_the_library(network, (network.features, network.classifier))


def _resnet(xrv: Any, entry: Entry, checkpoint: Path) -> Original:  # noqa: ANN401 - as above
    with _as_published(entry, checkpoint) as folder:
        network = xrv.models.ResNet(weights=entry.name, cache_dir=str(folder))
    layers = list(network.model.children())  # ..., the mean over the film, the linear layer
    return _of_the_library(network, (torch.nn.Sequential(*layers[:-2]), layers[-1]))


def _of_the_library(network: Any, evidence: tuple[Any, Any]) -> Original:  # noqa: ANN401 - as above
    """Take the library's own networks without their rescaling to operating points."""
    points = dict(zip(network.targets, network.op_threshs.tolist(), strict=True))
    trained = {name: point for name, point in points.items() if name and not math.isnan(point)}
    network.op_threshs, network.apply_sigmoid = None, True
    names = tuple(name if name in trained else "" for name in network.targets)
    return Original(network.eval(), names, trained, evidence, _version())


def _jfhealthcare(xrv: Any, _entry: Entry, checkpoint: Path) -> Original:  # noqa: ANN401 - as above
    """Build it from its parts: the library's class takes its file from the home folder only."""
    package = xrv.baseline_models.jfhealthcare
    settings = json.loads((Path(package.__file__).parent / "config" / "example.json").read_text(encoding="utf-8"))
    settings["pretrained"] = False  # else it fetches ImageNet's weights, which the checkpoint replaces
    network = package.classifier.Classifier(SimpleNamespace(**settings))
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
    return Original(_Jfhealthcare(network).eval(), tuple(package.DenseNet.targets), {}, None, _version())


class _Jfhealthcare(torch.nn.Module):  # type: ignore[misc] # torch is not typed here
    """``torchxrayvision.baseline_models.jfhealthcare.DenseNet.forward``: three planes, values in [-2, 2]."""

    def __init__(self, network: Any) -> None:  # noqa: ANN401 - as above
        super().__init__()
        self.network = network

    def forward(self, films: Any) -> Any:  # noqa: ANN401 - as above
        logits, _ = self.network(films.repeat(1, 3, 1, 1) / 512)
        return torch.sigmoid(torch.cat(logits, 1))


def _chexpert(xrv: Any, entry: Entry, checkpoint: Path) -> Original:  # noqa: ANN401 - as above
    package = xrv.baseline_models.chexpert
    network = package.DenseNet(weights_zip=str(checkpoint), num_models=entry.networks)
    return Original(_Chexpert(network).eval(), tuple(package.DenseNet.targets), {}, None, _version())


class _Chexpert(torch.nn.Module):  # type: ignore[misc] # as above
    """``torchxrayvision.baseline_models.chexpert.DenseNet.forward`` for batches: the mean of each label's networks."""

    def __init__(self, network: Any) -> None:  # noqa: ANN401 - as above
        super().__init__()
        groups = [(tasks, list(members())) for tasks, members in network.model.tasks2models.items()]
        self.members = torch.nn.ModuleList(member.module for _, members in groups for member in members)
        self.readers = {
            task.removeprefix("Pleural "): [self._place(member.module, task) for member in members]
            for tasks, members in groups
            for task in tasks
        }
        self.names = tuple(network.targets)

    def _place(self, member: Any, task: str) -> tuple[int, int]:  # noqa: ANN401 - as above
        """Return which network reads the task, in which column."""
        return next(i for i, known in enumerate(self.members) if known is member), member.task_sequence[task]

    def forward(self, films: Any) -> Any:  # noqa: ANN401 - as above
        planes = films.repeat(1, 3, 1, 1) / 512
        read = [member.get_probs(member(planes)) for member in self.members]
        columns = [[read[member][:, column] for member, column in self.readers[name]] for name in self.names]
        return torch.stack([torch.stack(column).mean(0) for column in columns], 1)


def _pspnet(xrv: Any, entry: Entry, checkpoint: Path) -> Original:  # noqa: ANN401 - as above
    with _as_published(entry, checkpoint) as folder:
        network = xrv.baseline_models.chestx_det.PSPNet(cache_dir=str(folder))
    return Original(_Pspnet(network).eval(), tuple(network.targets), {}, None, _version())


class _Pspnet(torch.nn.Module):  # type: ignore[misc] # as above
    """``torchxrayvision.baseline_models.chestx_det.PSPNet.forward``, whose torchvision part cannot be exported."""

    def __init__(self, network: Any) -> None:  # noqa: ANN401 - as above
        super().__init__()
        (normalise,) = network.transform.transforms
        self.network = network.model
        self.register_buffer("mean", torch.tensor(normalise.mean)[:, None, None])
        self.register_buffer("std", torch.tensor(normalise.std)[:, None, None])

    def forward(self, films: Any) -> Any:  # noqa: ANN401 - as above
        shares = (films.repeat(1, 3, 1, 1) + 1024) / 2048
        return self.network((shares - self.mean) / self.std)


def _version() -> str:
    return f"{DISTRIBUTION} {version(DISTRIBUTION)}"


@contextmanager
def _as_published(entry: Entry, checkpoint: Path) -> Iterator[Path]:
    """Yield a folder that holds the checkpoint under its published name, so that the library need not fetch it."""
    with tempfile.TemporaryDirectory(prefix="cxr-zoo-") as folder:
        (Path(folder) / entry.filename).symlink_to(checkpoint.absolute())
        yield Path(folder)


_LOADERS: Mapping[str, Callable[[Any, Entry, Path], Original]] = {
    "densenet": _densenet,
    "resnet": _resnet,
    "jfhealthcare": _jfhealthcare,
    "chexpert": _chexpert,
    "pspnet": _pspnet,
}
