"""The last layer while the network learns: a map a label, which leans on the maps of the hints, and those."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.training import hints


class Maps(nn.Module):  # type: ignore[misc]  # torch is left untyped: the plain install lacks it
    """A label's map is its own plus a share, which is learned, of each hint's; all start at zero."""

    def __init__(self, channels: int, labels: int) -> None:
        super().__init__()
        self.own = nn.Conv2d(channels, labels, 1)
        self.hints = nn.Conv2d(channels, hints.COUNT, 1)
        self.leaning = nn.Parameter(torch.zeros(labels, hints.COUNT))
        for started in (self.own.weight, self.hints.weight, self.hints.bias):
            nn.init.zeros_(started)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """(N, channels, h, w) to the maps of the labels (N, labels, h, w) and of the hints (N, COUNT, h, w)."""
        hinted: Tensor = self.hints(features)
        return self.own(features) + torch.einsum("lh,nhyx->nlyx", self.leaning, hinted), hinted

    def plain(self) -> nn.Conv2d:
        """Return the labels' maps as one convolution, what they lean on included: all that is shipped."""
        plain = nn.Conv2d(self.own.in_channels, self.own.out_channels, 1)
        weight = self.own.weight + torch.einsum("lh,hcyx->lcyx", self.leaning, self.hints.weight)
        plain.weight = nn.Parameter(weight.detach())
        plain.bias = nn.Parameter((self.own.bias + self.leaning @ self.hints.bias).detach())
        return plain

    def hint(self, number: int) -> nn.Conv2d:
        """Return the map of one hint as a convolution."""
        alone = nn.Conv2d(self.hints.in_channels, 1, 1)
        alone.weight = nn.Parameter(self.hints.weight[number : number + 1].detach())
        alone.bias = nn.Parameter(self.hints.bias[number : number + 1].detach())
        return alone
