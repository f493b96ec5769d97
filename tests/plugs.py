"""Plugs for servers under test, by ``module:attr``: they take as long as a test needs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial

from models.base import Expert
from service.ports import ChatModel
from tests.fakes import FakeExpert, FakeModel

SLOW_S = 0.2
"""Seconds that the slow expert and the slow model take: long enough to be killed in the middle."""

REPORT = ("FINDINGS:\nThere is an effusion.\n\n", "IMPRESSION:\nEffusion.")


def expert(_options: Mapping[str, str]) -> Expert:
    """Build the fake expert: it loads at once and reads at once."""
    return FakeExpert()


def slow_expert(_options: Mapping[str, str]) -> Expert:
    """Build the fake expert, slow."""
    made = FakeExpert("slow")
    made.before_read = partial(time.sleep, SLOW_S)
    return made


def slow_model(_options: Mapping[str, str]) -> ChatModel:
    """Build a model that writes half a report, waits, and writes the rest."""
    return FakeModel(REPORT[0], SLOW_S, REPORT[1], FakeModel.END, name="slow")
