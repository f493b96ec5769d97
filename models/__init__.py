"""Expert networks: a chest film in, findings out. Knows no HTTP, no database, no LLM."""

import sys

# OpenVINO (when it is imported) and NNCF send usage data to Google Analytics unless this package of theirs is missing.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # Python's own way to say that there is none
