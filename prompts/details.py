"""All there is to say about one finding when somebody asks: figures, doubt, place, measure, experts."""

from __future__ import annotations

from models.findings import Finding, Polarity
from prompts.calibrated import said
from prompts.lexicons import Lexicon
from prompts.measured import beside
from prompts.statement import Statement


def details(finding: Finding, lexicon: Lexicon, *, where: bool) -> tuple[Statement, ...]:
    """Say a finding in full; ``where`` adds that no place is known, for whoever asks for one."""
    placed = finding.polarity is Polarity.ABSENT or lexicon.zone(finding)
    no_place = (Statement(lexicon.say("answers.no_place"), (finding.label,)),) if where and not placed else ()
    measured = beside(finding, lexicon, exact=True)
    return (said(finding, lexicon), *no_place, *confidence(finding, lexicon), *measured, *_experts(finding, lexicon))


def confidence(finding: Finding, lexicon: Lexicon) -> tuple[Statement, ...]:
    """Say how sure the experts are: the probability against the threshold, and the doubt where they abstain."""
    key = "reached" if finding.probability >= finding.threshold else "below"
    figures = lexicon.say(
        f"answers.{key}",
        probability=percent(finding.probability, lexicon),
        threshold=lexicon.plain("answers.exactly", percent=lexicon.figure(100 * finding.threshold, ".3g")),
    )
    lines = [Statement(figures, (finding.label,))]
    if finding.polarity is Polarity.UNCERTAIN:
        doubt = "doubt_of_several" if len(finding.experts) > 1 else "doubt_of_one"
        lines.append(Statement(lexicon.say(f"answers.{doubt}"), (finding.label,)))
    return tuple(lines)


def percent(probability: float, lexicon: Lexicon) -> str:
    """Say a probability in whole percent, as no calibration is finer, and never as 0% or 100%."""
    whole = round(100 * probability)
    if whole < 1:
        return lexicon.plain("answers.under")
    return lexicon.plain("answers.over") if whole > 99 else lexicon.plain("answers.about", percent=whole)  # noqa: PLR2004 - percent


def _experts(finding: Finding, lexicon: Lexicon) -> tuple[Statement, ...]:
    """Say who read it; where there are several, also what each of them gave."""
    alone = len(finding.experts) == 1
    names = [
        lexicon.plain(
            "answers.expert" if alone else "answers.expert_among_several",
            name=opinion.expert,
            version=opinion.version,
            probability=percent(opinion.probability, lexicon),
        )
        for opinion in finding.experts
    ]
    if not names:
        return ()
    return (Statement(lexicon.say("answers.read_by", experts=lexicon.listed(names, "and")), (finding.label,)),)
