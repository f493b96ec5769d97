"""Run every benchmark, or those named: ``make bench``, ``python -m bench experts``."""

from __future__ import annotations

import sys

from bench import experts, upload

BENCHMARKS = {"upload": upload.run, "experts": experts.run}

for name in sys.argv[1:] or BENCHMARKS:
    BENCHMARKS[name]()
