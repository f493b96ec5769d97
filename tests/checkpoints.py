"""Checkpoints in the formats that the zoo publishes, holding seeded weights: its own cannot be fetched in tests."""

from __future__ import annotations

import json
import warnings
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from models.experts.zoo.library import torchxrayvision


def densenet(path: Path, name: str, *, old_format: bool = True, seed: int = 1) -> Path:
    """Write a whole module, as torchxrayvision's own DenseNets are published (``old_format``: by torch before 1.6)."""
    torch.manual_seed(seed)
    with torchxrayvision() as xrv:
        network = xrv.models.DenseNet(num_classes=len(xrv.models.model_urls[name]["labels"]))
        films = _films(4, 1, 224, 400)
        _settle(network, films)
        _spread(network.classifier, network(films))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.save(network, path, _use_new_zipfile_serialization=not old_format)
    return path


def resnet(path: Path) -> Path:
    """Write a state dict, as the ResNet is published."""
    torch.manual_seed(2)
    import torchvision  # noqa: PLC0415 - importing it costs seconds

    network = torchvision.models.resnet50(num_classes=18, weights=None)
    network.conv1 = torch.nn.Conv2d(1, 64, kernel_size=7, stride=2, padding=3, bias=False)
    films = _films(4, 1, 256, 400)
    _settle(network, films)
    _spread(network.fc, network(films))
    torch.save(network.state_dict(), path)
    return path


def jfhealthcare(path: Path) -> Path:
    """Write a state dict without the prefix of DataParallel."""
    torch.manual_seed(3)
    with torchxrayvision() as xrv:
        package = xrv.baseline_models.jfhealthcare
        settings = json.loads((Path(package.__file__).parent / "config" / "example.json").read_text())
        network = package.classifier.Classifier(SimpleNamespace(**settings | {"pretrained": False}))
        films = _films(4, 3, 128, 0.8)
        _settle(network, films)
        for place, logits in enumerate(network(films)[0]):
            _spread(getattr(network, f"fc_{place}"), logits)
        torch.save(network.state_dict(), path)
    return path


def chexpert(path: Path, networks: int) -> Path:
    """Write the archive of checkpoints of which each label's ensemble takes the first ``networks``."""
    torch.manual_seed(4)
    with torchxrayvision() as xrv:
        package = xrv.baseline_models.chexpert
        config = json.loads((Path(package.__file__).parent / "predict_configs.json").read_text())
        members = {
            member["ckpt_path"]: (task, member["is_3class"])
            for task, listed in config["task2models"].items()
            for member in listed[:networks]
        }
        tasks = list(config["task2models"])
        with zipfile.ZipFile(path, "w") as archive:
            for inner, (_, three) in members.items():
                network = package.model.DenseNet121({task: i for i, task in enumerate(tasks)}, three, use_gpu=False)
                films = _films(4, 3, 128, 0.8)
                _settle(network, films)
                _spread(network.model.classifier, network(films))
                with archive.open(inner, "w") as file:
                    torch.save(
                        {
                            "task_sequence": network.task_sequence,
                            "model_state": {f"module.{key}": value for key, value in network.state_dict().items()},
                            "ckpt_info": {"iteration": 1},
                        },
                        file,
                    )
    return path


def pspnet(path: Path) -> Path:
    """Write a state dict with the prefix of DataParallel."""
    torch.manual_seed(5)
    with torchxrayvision() as xrv:
        package = xrv.baseline_models.chestx_det
        network = package.pspnet(len(package.PSPNet.targets))
        films = _films(2, 3, 256, 1)
        _settle(network, films)
        # Lower than the others': a hundred random layers multiply what single precision rounds off, in torch too.
        _spread(network.classification, network(films), most=0.4)
        torch.save({f"module.{key}": value for key, value in network.state_dict().items()}, path)
    return path


def _settle(network: Any, films: Any) -> None:  # noqa: ANN401 - torch is untyped here
    """Set the batch norms to what the films give, so that no layer dies or blows up."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    network.train()
    with torch.inference_mode():
        network(films)
    network.eval()


def _spread(layer: Any, logits: Any, most: float = 1.5) -> None:  # noqa: ANN401 - as above
    """Scale the last layer, which gave these logits, so that a sigmoid of them is neither 0 nor 1, and no two alike."""
    layer.weight.data *= most / logits.detach().abs().max()
    torch.nn.init.normal_(layer.bias, std=0.5)


def _films(number: int, planes: int, side: int, scale: float) -> Any:  # noqa: ANN401 - as above
    """Draw clouds: smooth, as films are."""
    coarse = torch.randn(number, planes, 9, 9) * scale
    return torch.nn.functional.interpolate(coarse, (side, side), mode="bicubic")
