"""Templates by name and language, rendered strictly, each text with the version of what made it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import FunctionLoader, StrictUndefined, UndefinedError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

_VERSION = re.compile(r"\{#\s*version:\s*(\d+)\s*#\}")


class MissingVariableError(LookupError):
    """A template needs a variable that it was not given; the message names both."""


class UnknownTemplateError(LookupError):
    """No template of this name in this language."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text and the version of what made it: "report_user/en@1+<hash of the template and all that it includes>"."""

    text: str
    version: str


def render(name: str, language: str = "en", **variables: object) -> Rendered:
    """Render ``templates/<language>/<name>.j2``; values are inserted as they are and never read as a template.

    Raises UnknownTemplateError, and MissingVariableError even where the variable stands in a branch not taken.
    """
    path = f"{language}/{name}.j2"
    tree = "".join(_closure(path).values())
    missing = _needs(path) - variables.keys()
    if missing:
        raise MissingVariableError(f"template {language}/{name} needs the variable {', '.join(sorted(missing))}")
    try:
        text = _ENVIRONMENT.get_template(path).render(variables)
    except UndefinedError as error:
        raise MissingVariableError(f"template {language}/{name}: {error}") from error
    digest = hashlib.sha256(tree.encode()).hexdigest()[:12]
    return Rendered(text.strip(), f"{name}/{language}@{'.'.join(_VERSION.findall(tree))}+{digest}")


@cache
def _needs(path: str) -> frozenset[str]:
    """Names of all variables that a template and those that it includes refer to."""
    sources = _closure(path).values()
    return frozenset(name for source in sources for name in meta.find_undeclared_variables(_ENVIRONMENT.parse(source)))


@cache
def _closure(path: str) -> dict[str, str]:
    """Source of a template and of every template that it includes, by path."""
    source = _source(path)
    if source is None:
        raise UnknownTemplateError(f"there is no template {path}")
    if not _VERSION.match(source):
        raise ValueError(f"template {path} does not begin with its version")
    parts = {path: source}
    for included in meta.find_referenced_templates(_ENVIRONMENT.parse(source)):
        parts |= _closure(_ENVIRONMENT.join_path(included or "", path))
    return parts


@cache
def _source(path: str) -> str | None:
    language, _, name = path.partition("/")
    resource = files("prompts") / "templates" / language / name
    return resource.read_text(encoding="utf-8") if resource.is_file() else None


class _Environment(ImmutableSandboxedEnvironment):
    def join_path(self, template: str, parent: str) -> str:
        """Include the template of the parent's language."""
        return f"{parent.partition('/')[0]}/{template}"


_ENVIRONMENT = _Environment(
    loader=FunctionLoader(_source),
    undefined=StrictUndefined,
    autoescape=False,  # plain text for a language model, no markup: outside text is fenced, see fence.py
    trim_blocks=True,
    lstrip_blocks=True,
)
