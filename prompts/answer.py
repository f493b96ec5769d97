"""Answers to follow-up questions from the facts alone, with no language model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.findings import Finding, Label, Polarity
from prompts import lexicons
from prompts.calibrated import assessed, having, said
from prompts.comparison import comparison
from prompts.details import confidence, details
from prompts.facts import StudyFacts
from prompts.lexicons import Lexicon
from prompts.measured import measures
from prompts.narrate import by_urgency, impression, narrate, not_read
from prompts.questions import Question, understand
from prompts.statement import Statement, distinct

Statements = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as the sentences it consists of, each with the labels that it rests on; ``between`` sets them apart."""

    statements: Statements
    between: str = " "

    @property
    def text(self) -> str:
        """The answer as it is shown."""
        return self.between.join(statement.text for statement in self.statements)

    @property
    def labels(self) -> tuple[Label, ...]:
        """Every label that the answer rests on, once."""
        return distinct(self.statements)


@dataclass(frozen=True, slots=True)
class _Turn:
    facts: StudyFacts
    lexicon: Lexicon
    question: Question
    report_text: str | None


def answer(facts: StudyFacts, question: str, *, report_text: str | None = None) -> Answer:
    """Answer from the findings, and only from them; the question is read, never repeated.

    A question about another patient is declined, and nothing of this one is said, which could be taken for the other's.
    Labels that the question names are answered one by one, those that no active expert reads as not assessed.
    Otherwise the first intent of ``_BY_INTENT`` that holds decides; a question with none is declined, with what was
    assessed and what it showed. Treatment, a change with no prior study and a size that nobody measured are declined
    in so many words.
    ``report_text`` is the report as it stands, for whoever asks for it. Raises UnknownLanguageError.
    """
    lexicon = lexicons.load(facts.language)
    turn = _Turn(facts, lexicon, understand(question, facts.language), report_text)
    return Answer(_statements(turn), str(lexicon.tables["words"]["between"]))


def _statements(turn: _Turn) -> Statements:
    if turn.question.elsewhere:
        return (Statement(turn.lexicon.say("answers.other_patient")),)
    if not turn.facts.findings:
        return not_read(turn.facts, turn.lexicon)
    limits = tuple(Statement(turn.lexicon.say(f"answers.{limit}")) for limit in _limits(turn))
    return (*limits, *_body(turn, declined=bool(limits)))


def _body(turn: _Turn, *, declined: bool) -> Statements:
    compared = _compared(turn)
    if turn.question.labels:
        return (*compared, *_named(turn))
    if compared:
        return compared
    for intent, reply in _BY_INTENT.items():
        if intent in turn.question.intents:
            return reply(turn)
    return _shown(turn) if declined else _outside(turn)


def _limits(turn: _Turn) -> list[str]:
    """Select what the question asks for and nobody can answer."""
    known = {"measurement": bool(_measured(turn)), "comparison": turn.facts.comparison is not None}
    return [limit for limit in _LIMITS if limit in turn.question.intents and not known.get(limit)]


def _compared(turn: _Turn) -> Statements:
    """Say what changed since the prior study, of the labels that the question names where it names any."""
    records, named = turn.facts.comparison, turn.question.labels
    if records is None or "comparison" not in turn.question.intents:
        return ()
    asked = [record for record in records if not named or record.label in named]
    read = {record.label for record in asked}
    missing = tuple(label for label in named if label not in read)
    said = comparison(asked, turn.lexicon, figures=True) if asked or not named else ()
    if not missing:
        return said
    return (*said, Statement(turn.lexicon.phrase(turn.lexicon.tables["answers"]["not_compared"], missing), missing))


def _measured(turn: _Turn) -> Statements:
    """Say the numbers that were taken, of the labels that the question names where it names any."""
    named = turn.question.labels
    asked = [finding for finding in turn.facts.findings if not named or finding.label in named]
    return measures(asked, turn.lexicon)


def _named(turn: _Turn) -> Statements:
    """Each label that the question names; where one was not assessed, also what the film does show."""
    known = {finding.label: finding for finding in turn.facts.findings}
    asked = [known[label] for label in turn.question.labels if label in known]
    missing = tuple(label for label in turn.question.labels if label not in known)
    where = "location" in turn.question.intents
    found = tuple(line for finding in asked for line in details(finding, turn.lexicon, where=where))
    if not missing:
        return found
    text = turn.lexicon.phrase(turn.lexicon.tables["answers"]["not_assessed"], missing)
    return (*found, Statement(text, missing), *(() if asked else _shown(turn)))


def _urgent(turn: _Turn) -> Statements:
    ranked = by_urgency(having(turn.facts.findings, Polarity.PRESENT), turn.lexicon)
    return _ranked(turn, ranked, "most_urgent")


def _likely(turn: _Turn) -> Statements:
    present = by_urgency(having(turn.facts.findings, Polarity.PRESENT), turn.lexicon)
    ranked = sorted(present, key=lambda finding: -finding.probability)
    return _ranked(turn, ranked, "most_likely")


def _ranked(turn: _Turn, ranked: Sequence[Finding], key: str) -> Statements:
    """Say the first of a ranking with its figures, then the rest by name."""
    if not ranked:
        return _shown(turn)
    first, rest = ranked[0], tuple(finding.label for finding in ranked[1:])
    answers = turn.lexicon.tables["answers"]
    head = Statement(turn.lexicon.phrase(answers[key], [first.label]), (first.label,))
    tail = (Statement(turn.lexicon.phrase(answers["then"], rest), rest),) if rest else ()
    return (head, said(first, turn.lexicon), *confidence(first, turn.lexicon), *tail)


def _certain(turn: _Turn) -> Statements:
    open_findings = _notable(turn)
    lines = tuple(
        line for finding in open_findings for line in (said(finding, turn.lexicon), *confidence(finding, turn.lexicon))
    )
    return lines or _shown(turn)


def _located(turn: _Turn) -> Statements:
    return tuple(said(finding, turn.lexicon) for finding in _notable(turn)) or _shown(turn)


def _experts(turn: _Turn) -> Statements:
    opinions = (opinion for finding in turn.facts.findings for opinion in finding.experts)
    names = tuple(dict.fromkeys(f"{opinion.expert} {opinion.version}" for opinion in opinions))
    if not names:
        return _outside(turn)
    labels = tuple(finding.label for finding in turn.facts.findings)
    return (Statement(turn.lexicon.say("answers.experts", experts=turn.lexicon.listed(names, "and")), labels),)


def _report(turn: _Turn) -> Statements:
    narration = narrate(turn.facts)
    text = turn.report_text or f"{narration.findings}\n{narration.impression}"
    return (Statement(text, tuple(finding.label for finding in turn.facts.findings)),)


def _outside(turn: _Turn) -> Statements:
    read = {finding.label for finding in assessed(turn.facts.findings)}
    labels = tuple(label for label in turn.lexicon.terms if label in read)
    sources = turn.lexicon.phrase(turn.lexicon.tables["answers"]["assessed"], labels) if labels else ""
    heads = (Statement(turn.lexicon.say("answers.outside")), Statement(sources, labels))
    return (*(head for head in heads if head.text), *_shown(turn))


def _sizes(turn: _Turn) -> Statements:
    return _measured(turn) or _shown(turn)


def _shown(turn: _Turn) -> Statements:
    """Sum up; where nothing is present, with the reminder that this does not make the film normal."""
    lines = impression(turn.facts, turn.lexicon, "finding")
    if having(turn.facts.findings, Polarity.PRESENT):
        return lines
    return (*lines, Statement(turn.lexicon.say("answers.not_normal")))


def _notable(turn: _Turn) -> list[Finding]:
    """Select what is present, then what is in doubt, each by urgency."""
    kinds = (having(turn.facts.findings, polarity) for polarity in (Polarity.PRESENT, Polarity.UNCERTAIN))
    return [finding for kind in kinds for finding in by_urgency(kind, turn.lexicon)]


_LIMITS = ("advice", "comparison", "measurement")
_BY_INTENT: dict[str, Callable[[_Turn], Statements]] = {
    "report": _report,
    "urgency": _urgent,
    "likelihood": _likely,
    "certainty": _certain,
    "location": _located,
    "experts": _experts,
    "measurement": _sizes,
    "summary": _shown,
}
