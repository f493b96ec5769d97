"""The expert that comes with the package: EfficientNet-Lite0, made by ``models.training`` from the NIH films alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from models.classifier import Classifier, check_options, load_classifier
from models.weights import find

NAME = "embedded"
OWN_OPTIONS = frozenset({"folder"})


def build(options: Mapping[str, str]) -> Classifier:
    """Load the embedded expert: files verified, network compiled.

    Options: ``folder`` (another folder holding ``embedded/card.json``) and the runtime's (``models.runtime.OPTIONS``).
    Raises ExpertError on an unknown option, a missing or altered file, or a network that cannot be compiled.
    """
    check_options(options, of="The embedded expert", own=OWN_OPTIONS)
    folder = find(NAME, [Path(options["folder"])] if "folder" in options else [])
    return load_classifier(folder, {name: value for name, value in options.items() if name not in OWN_OPTIONS})
