"""Scores of drafts against the reports that people wrote, by other people's packages, where these are installed.

Each judge is opened only when it is asked for. One that cannot be, for want of its package or of its weights, says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import ModuleType

from service.evaluation.reports.figures import mean
from service.evaluation.scores import Estimate

Texts = Sequence[str]
Figures = Mapping[str, Estimate]
Score = Callable[[Texts, Texts], Figures]


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge: the module it needs, the distribution that brings it, and how a scorer is made of the module.

    A scorer takes hypotheses and references, one a study, and gives figures by name.
    """

    name: str
    module: str
    package: str
    make: Callable[[ModuleType], Score]

    def open(self) -> Score | str:
        """Return the scorer, or a sentence on why there is none."""
        if find_spec(self.module) is None:
            return f"not computed: the package {self.package} is not installed"
        try:
            return self.make(import_module(self.module))
        except Exception as error:  # noqa: BLE001 - foreign code that looks for weights may raise anything at all
            return f"not computed: {self.package} could not be opened ({type(error).__name__}: {error})"[:200]

    @property
    def label(self) -> str:
        """Name with the version that computes it."""
        try:
            return f"{self.name} ({self.package} {version(self.package)})"
        except PackageNotFoundError:
            return self.name


def _rouge(module: ModuleType) -> Score:
    scorer = import_module(f"{module.__name__}.rouge_scorer").RougeScorer(["rougeL"], use_stemmer=True)

    def score(hypotheses: Texts, references: Texts) -> Figures:
        pairs = zip(hypotheses, references, strict=True)
        return {"ROUGE-L": mean([scorer.score(reference, text)["rougeL"].fmeasure for text, reference in pairs])}

    return score


def _bleu(module: ModuleType) -> Score:
    def score(hypotheses: Texts, references: Texts) -> Figures:
        scorer = module.BLEU(lowercase=True)
        found = scorer.corpus_score(list(hypotheses), [list(references)], n_bootstrap=1000)
        value, reach = found.score / 100, found._ci / 100  # noqa: SLF001 - sacrebleu keeps its interval there
        return {"BLEU-4": Estimate(value, value - reach, value + reach)}

    return score


def _radgraph(module: ModuleType) -> Score:
    scorer = module.F1RadGraph(reward_level="partial", model_type="radgraph")

    def score(hypotheses: Texts, references: Texts) -> Figures:
        _, rewards, *_ = scorer(hyps=list(hypotheses), refs=list(references))
        return {"RadGraph-F1 (partial)": mean([float(reward) for reward in rewards])}

    return score


def _chexbert(module: ModuleType) -> Score:
    scorer = module.F1CheXbert(device="cpu")

    def score(hypotheses: Texts, references: Texts) -> Figures:
        """No intervals: the package gives averages only."""
        _, _, every, five = scorer(hyps=list(hypotheses), refs=list(references))
        tables = {"14": every, "5": five}
        return {
            f"F1CheXbert {name} {average}": _bare(table[f"{average} avg"]["f1-score"])
            for name, table in tables.items()
            for average in ("micro", "macro")
        }

    return score


def _green(module: ModuleType) -> Score:
    scorer = module.GREEN("StanfordAIMI/GREEN-radllama2-7b", output_dir=".")

    def score(hypotheses: Texts, references: Texts) -> Figures:
        _, _, scores, *_ = scorer(list(references), list(hypotheses))
        return {"GREEN": mean([float(each) for each in scores])}

    return score


def _bare(value: float) -> Estimate:
    return Estimate(float(value), float("nan"), float("nan"))


JUDGES = (
    Judge("ROUGE-L", "rouge_score", "rouge-score", _rouge),
    Judge("BLEU-4", "sacrebleu", "sacrebleu", _bleu),
    Judge("RadGraph-F1", "radgraph", "radgraph", _radgraph),
    Judge("F1CheXbert", "f1chexbert", "f1chexbert", _chexbert),
    Judge("GREEN", "green_score", "green-score", _green),
)
