"""Public networks, pulled and converted once with ``cxr experts pull`` and served from then on without torch."""

from __future__ import annotations

from collections.abc import Mapping

from models.base import ExpertError
from models.classifier import Classifier, check_options, load_classifier
from models.experts.zoo.catalogue import catalogue, entry
from models.experts.zoo.place import OPTIONS, is_pulled, pulled

DEFAULT = "densenet121-res224-all"


__all__ = ["DEFAULT", "build", "catalogue", "entry", "is_pulled"]


def build(options: Mapping[str, str]) -> Classifier:
    """Load a pulled network.

    Options: ``folder`` (where networks are pulled to), ``name`` (the catalogue's; DEFAULT when absent), and the
    runtime's. Raises ExpertError when there is no such network, it was not pulled, or its files were altered.
    """
    check_options(options, of="The zoo", own=OPTIONS)
    chosen = entry(options.get("name", DEFAULT))
    if chosen.segments:
        readers = ", ".join(name for name, each in catalogue().items() if not each.segments)
        raise ExpertError(f"{chosen.name} finds organs and reads no labels; these read: {readers}.")
    return load_classifier(pulled(chosen.name, options), options)
