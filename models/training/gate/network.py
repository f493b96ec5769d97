"""The eye as torch trains it, and as ``models.gate.eye`` wants it: batch norms folded into the convolutions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.gate.eye import OUTPUTS, SIDE, STRIDES

WIDTHS = (16, 32, 32, 64, 64, 64)
HIDDEN = 64


class EyeNetwork(nn.Module):  # type: ignore[misc]  # torch is left untyped: the plain install lacks it
    """Six convolutions, a hidden layer over their whole plane (the arrangement is what counts), the outputs."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        planes, side = 1, SIDE
        for width, stride in zip(WIDTHS, STRIDES, strict=True):
            layers += [nn.Conv2d(planes, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
            planes, side = width, side // stride
        self.body = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.3), nn.Linear(planes * side * side, HIDDEN), nn.ReLU(inplace=True)
        )
        self.out = nn.Linear(HIDDEN, len(OUTPUTS))

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1, SIDE, SIDE) in [-0.5, 0.5] to logits (N, OUTPUTS)."""
        y: Tensor = self.out(self.head(self.body(x)))
        return y


def save(network: EyeNetwork, path: Path) -> None:
    """Write the weights in half precision."""
    network.eval()
    arrays: dict[str, np.ndarray] = {}
    convolutions = [layer for layer in network.body if isinstance(layer, nn.Conv2d)]
    norms = [layer for layer in network.body if isinstance(layer, nn.BatchNorm2d)]
    with torch.no_grad():
        for i, (conv, norm) in enumerate(zip(convolutions, norms, strict=True)):
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            arrays[f"w{i}"] = (conv.weight * scale[:, None, None, None]).numpy()
            arrays[f"b{i}"] = (norm.bias - norm.running_mean * scale).numpy()
        for i, linear in enumerate((network.head[2], network.out), len(convolutions)):
            arrays[f"w{i}"], arrays[f"b{i}"] = linear.weight.numpy(), linear.bias.numpy()
    halves: dict[str, Any] = {name: array.astype(np.float16) for name, array in arrays.items()}
    np.savez_compressed(path, **halves)
