"""Stands in for NNCF, which the plain install lacks: its int8 network is the same one, seeing every film brighter."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from openvino import opset15 as ops

BRIGHTER = 256.0
"""Added to every pixel as the network takes it: an eighth of the zoo's range."""


class FakeNncf(ModuleType):
    """Keeps the films it was last given."""

    def __init__(self) -> None:
        super().__init__("nncf")
        self.__spec__ = ModuleSpec("nncf", None)
        self.films: list[Any] = []
        self.Dataset = list
        self.QuantizationPreset = SimpleNamespace(PERFORMANCE="performance")
        self.OverflowFix = SimpleNamespace(ENABLE="enable")
        self.AdvancedQuantizationParameters = dict

    def quantize(self, model: Any, films: list[Any], **options: Any) -> Any:  # noqa: ANN401 - openvino is untyped
        """Implement ``nncf.quantize`` as far as it is used."""
        assert options["subset_size"] == len(films)
        self.films = films
        film = model.input(0)
        takers = film.get_target_inputs()
        brighter = ops.add(film, np.float32(BRIGHTER))
        for taker in takers:
            taker.replace_source_output(brighter.output(0))
        return model


def install(monkeypatch: pytest.MonkeyPatch) -> FakeNncf:
    """Let ``import nncf`` find the fake."""
    fake = FakeNncf()
    monkeypatch.setitem(sys.modules, "nncf", fake)
    return fake
