"""What was read of a study, by the views of its tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from prompts.facts import StudyFacts
from prompts.lexicons import Lexicon
from prompts.statement import Statement


def technique(facts: StudyFacts, lexicon: Lexicon) -> tuple[Statement, ...]:
    """Say what was read; a view that the lexicon does not know counts as not stated."""
    known = lexicon.tables["views"]
    views = Counter(view if view in known else "" for view in (raw.strip().upper() for raw in facts.views))
    return (Statement(_technique(views, lexicon)),)


def _technique(views: Counter[str], lexicon: Lexicon) -> str:
    names: Mapping[str, str] = lexicon.tables["views"]
    total = lexicon.number(views.total())
    if not views:
        return lexicon.say("narration.not_read_technique")
    if len(views) == 1:
        (view,) = views
        number = "one" if views.total() == 1 else "several"
        key = f"{number}_view" if view else f"{number}_unstated_view"
        return lexicon.say(f"narration.{key}", count=total, view=names[view])
    if "" not in views and max(views.values()) == 1:
        return lexicon.say("narration.distinct_views", views=lexicon.listed([names[view] for view in views], "and"))
    counted = [
        lexicon.plain("narration.counted_view", count=lexicon.number(count), view=names[view])
        for view, count in views.items()
    ]
    return lexicon.say("narration.counted_views", count=total, views=lexicon.listed(counted, "and"))
