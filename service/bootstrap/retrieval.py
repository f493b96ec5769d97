"""What drafts may learn style from and answers may cite, by the settings."""

from __future__ import annotations

from service.domain.errors import ConfigurationError
from service.plugins import load
from service.ports import Corpus, Knowledge
from service.retrieval.articles import load_articles
from service.settings import Settings

CORPORA = "cxr.corpora"
_FOLDER = "folder:"


def load_corpus(settings: Settings) -> Corpus | None:
    """Return the site's corpus; None where it has none. Raises ConfigurationError."""
    if settings.corpus == "off":
        return None
    name, options = settings.corpus, {"language": "en"}
    if name.startswith(_FOLDER):
        name, options = "folder", {**options, "folder": name.removeprefix(_FOLDER)}
    corpus: Corpus = load(CORPORA, name)(options)
    return corpus


def load_knowledge(settings: Settings) -> Knowledge:
    """Return our articles and the site's own documents. Raises ConfigurationError."""
    folder = settings.knowledge
    if folder is not None and not folder.is_dir():
        raise ConfigurationError(f"CXR_KNOWLEDGE: {folder} is no folder.")
    return load_articles(folder)
