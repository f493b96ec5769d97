"""The one runtime of every network: OpenVINO on the processor, torch on CUDA; callers see only ``Network``.

Importing it costs nothing: OpenVINO and torch are imported when the first network is opened.
"""

from models.runtime.engine import LABELS_KEY
from models.runtime.network import OPTIONS, Network, open_network
from models.runtime.precision import Precision, as_served
from models.runtime.quota import cpu_quota

__all__ = ["LABELS_KEY", "OPTIONS", "Network", "Precision", "as_served", "cpu_quota", "open_network"]
