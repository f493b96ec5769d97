"""Templates rendered strictly, with their versions, and the messages for a language model that they make up."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from typing import Literal

from jinja2 import FunctionLoader, StrictUndefined, UndefinedError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from prompts import lexicons
from prompts.facts import StudyFacts
from prompts.fence import escape, fence
from prompts.narrate import technique
from prompts.verbalise import Style, verbalise

Role = Literal["system", "user", "assistant"]
Message = tuple[Role, str]

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


@dataclass(frozen=True, slots=True)
class Prompt:
    """The exact messages for a language model, and the versions of all templates and of the lexicon behind them."""

    messages: tuple[Message, ...]
    version: str


class Audience(StrEnum):
    """Whom a report is written for."""

    CLINICIAN = "clinician"
    PATIENT = "patient"


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


def report_prompt(
    facts: StudyFacts, *, style: Style = Style.CALIBRATED, audience: Audience = Audience.CLINICIAN
) -> Prompt:
    """Messages that ask for FINDINGS and IMPRESSION, of these facts only. Raises UnknownLanguageError."""
    study = _study(facts, style)
    system = render("report_system", facts.language, audience=audience)
    user = render("report_user", facts.language, **study)
    return _prompt(facts, (("system", system.text), ("user", user.text)), (system, user))


def chat_prompt(
    facts: StudyFacts,
    *,
    report_text: str,
    history: Sequence[tuple[str, str]],
    question: str,
    style: Style = Style.CALIBRATED,
) -> Prompt:
    """Messages of a follow-up question; ``history`` holds earlier (role, text), oldest first.

    Neighbours of one role are joined, because many chat templates refuse two in a row. Raises ValueError for a role
    other than "user" and "assistant": an earlier turn never speaks as the system.
    """
    study = _study(facts, style)
    system = render("chat_system", facts.language, **study, report=fence("report", report_text))
    user = render("chat_user", facts.language, question=fence("question", question))
    turns = [_turn(role, text) for role, text in history]
    return _prompt(facts, _merged((("system", system.text), *turns, ("user", user.text))), (system, user))


def _study(facts: StudyFacts, style: Style) -> dict[str, object]:
    lexicon = lexicons.load(facts.language)
    return {
        "statements": verbalise(facts.findings, style, facts.language, facts.silence),
        "technique": " ".join(statement.text for statement in technique(facts, lexicon)),
        "indication": fence("indication", facts.indication) if facts.indication else "",
        "unread": fence("unread", "\n".join(facts.unread)) if facts.unread else "",
    }


def _turn(role: str, text: str) -> Message:
    if role == "user":
        return "user", fence("question", text)
    if role == "assistant":
        return "assistant", escape(text)
    raise ValueError(f"a turn of a conversation is the user's or the assistant's, not {role!r}")


def _merged(messages: Iterable[Message]) -> tuple[Message, ...]:
    runs = groupby(messages, key=itemgetter(0))
    return tuple((role, "\n\n".join(text for _, text in run)) for role, run in runs)


def _prompt(facts: StudyFacts, messages: tuple[Message, ...], parts: tuple[Rendered, ...]) -> Prompt:
    versions = (*(part.version for part in parts), lexicons.load(facts.language).version)
    return Prompt(messages, " ".join(versions))
