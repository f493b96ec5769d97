"""The one runtime of every network: OpenVINO on the processor, torch on CUDA; callers see only ``Network``.

Importing it costs nothing: OpenVINO and torch are imported when the first network is opened.
"""

from models.runtime.engine import LABELS_KEY
from models.runtime.network import OPTIONS, Network, open_folder, open_network
from models.runtime.precision import Precision
from models.runtime.quota import cpu_quota

__all__ = ["LABELS_KEY", "OPTIONS", "Network", "Precision", "cpu_quota", "open_folder", "open_network"]
