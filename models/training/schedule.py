"""How fast the networks learn, from the first step to the last."""

from __future__ import annotations

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


def warm_cosine(optimiser: Optimizer, steps: int, warmup: float) -> LambdaLR:
    """Up in a straight line for a share ``warmup`` of the steps, then a cosine down to zero."""
    warm = max(1, round(steps * warmup))

    def factor(step: int) -> float:
        return min((step + 1) / warm, 0.5 * (1 + math.cos(math.pi * step / steps)))

    return LambdaLR(optimiser, factor)
