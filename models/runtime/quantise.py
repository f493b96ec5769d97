"""A network in eight bits, by NNCF: each layer's range is read off what it gives on some films. Nothing is trained."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path

import openvino

from models.base import ExpertError
from models.preprocess import Planes
from models.runtime.precision import INT8


def need_nncf() -> None:
    """Raise ExpertError where NNCF is not installed."""
    if find_spec("nncf") is None:
        raise ExpertError(
            "Quantising needs nncf: pip install 'cxr-scribe[zoo]', or nncf alone. The service does not need it: the "
            "folder of the expert may be made on another machine and copied."
        )


def quantise(model: Path, films: Sequence[Planes]) -> None:
    """Write ``model.int8.xml`` and ``model.int8.bin`` beside ``model``, from films as the network takes them.

    Labels and the names of inputs and outputs stay. Tells its progress on standard error. Raises ExpertError.
    """
    need_nncf()
    with redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NNCF imports torch where there is one, with all that torch deprecates
        import nncf  # noqa: PLC0415 - only who quantises has it

        # Half of the weights' range: the full one overflows on processors without VNNI, whose findings would differ
        # from those of others. So all give the same, to the last bit: docs/decisions/0023, also for the preset.
        same_everywhere = nncf.AdvancedQuantizationParameters(overflow_fix=nncf.OverflowFix.ENABLE)
        try:
            network = nncf.quantize(
                openvino.Core().read_model(model),
                nncf.Dataset(films),
                preset=nncf.QuantizationPreset.PERFORMANCE,
                subset_size=len(films),
                advanced_parameters=same_everywhere,
            )
        except RuntimeError as error:
            raise ExpertError(f"NNCF cannot quantise {model}: {error}") from error
    openvino.save_model(network, model.with_name(INT8), compress_to_fp16=False)
