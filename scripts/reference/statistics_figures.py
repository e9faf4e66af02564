"""Writes crates/riddle-evaluation/tests/data/statistics.json: what SciPy, statsmodels and rouge-score say of made-up data.

    python -m pip install scipy==1.17.1 statsmodels==0.15.0 rouge-score==0.1.2
    python scripts/reference/statistics_figures.py

Tests by permutation are exact there: all signs are tried. Intervals are by 100,000 draws.
"""

import json
import pathlib
import random

import numpy
from rouge_score import rouge_scorer
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

FILE = pathlib.Path(__file__).parent.parent.parent / "crates/riddle-evaluation/tests/data/statistics.json"
DRAWS = 100_000
WORDS = "query index rerank score candidate passage document fusion".split()


def differences(chance, questions, clusters, shift):
    """Differences as rankings have them: many are 0, few are large, and those of a cluster resemble each other."""
    common = [chance.gauss(shift, 0.15) for _ in range(clusters)]
    groups = [chance.randrange(clusters) for _ in range(questions)]
    values = [0.0 if chance.random() < 0.4 else round(common[group] + chance.gauss(0, 0.1), 2) for group in groups]
    return groups, values


def clustered(groups, values):
    used = sorted(set(groups))
    pairs = [[value for group, value in zip(groups, values) if group == one] for one in used]
    sums, counts = numpy.array([sum(pair) for pair in pairs]), numpy.array([len(pair) for pair in pairs])
    p = stats.permutation_test(
        (sums, numpy.zeros(len(sums))),
        lambda a, b, axis: numpy.sum(a - b, axis=axis),
        permutation_type="samples",
        n_resamples=numpy.inf,
        vectorized=True,
    ).pvalue
    interval = stats.bootstrap(
        (numpy.arange(len(sums)),),
        lambda drawn, axis=-1: sums[drawn].sum(axis=axis) / counts[drawn].sum(axis=axis),
        method="percentile",
        n_resamples=DRAWS,
        vectorized=True,
        rng=numpy.random.default_rng(1),
    ).confidence_interval
    model = OLS(numpy.array(values), numpy.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": groups})
    return {
        "clusters": groups,
        "differences": values,
        "mean": float(numpy.mean(values)),
        "low": float(interval.low),
        "high": float(interval.high),
        "p": float(p),
        "standard_error": float(model.bse[0]),
        "effect_size": float(numpy.mean(values) / numpy.std(values, ddof=1)),
    }


def times(chance, count):
    values = numpy.array(sorted(round(chance.lognormvariate(4, 0.8), 1) for _ in range(count)))
    rows = []
    for share in (0.5, 0.95):
        quantile = lambda drawn, axis=-1: numpy.quantile(drawn, share, axis=axis, method="inverted_cdf")
        interval = stats.bootstrap(
            (values,), quantile, method="percentile", n_resamples=20_000, rng=numpy.random.default_rng(2)
        ).confidence_interval
        rows.append({"share": share, "value": float(quantile(values)), "low": float(interval.low), "high": float(interval.high)})
    return {"values": values.tolist(), "quantiles": rows}


def text(chance):
    return " ".join(chance.choice(WORDS) for _ in range(chance.randrange(1, 12)))


def main():
    chance = random.Random(7)
    shapes = [(12, 12, 0.1), (14, 9, 0.0), (60, 14, 0.08), (40, 15, -0.12), (80, 16, 0.02)]
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    pairs = [(text(chance), text(chance)) for _ in range(20)]
    p = [0.012, 0.04, 0.0003, 0.04, 0.6, 0.02]
    figures = {
        "pairs": [clustered(*differences(chance, *shape)) for shape in shapes],
        "times": [times(chance, count) for count in (20, 101, 400)],
        "corrections": {"p": p} | {name: multipletests(p, method=name)[1].tolist() for name in ("holm", "fdr_bh")},
        "power": [
            {"effect": effect, "questions": float(TTestPower().solve_power(effect, alpha=0.05, power=0.8))}
            for effect in (0.1, 0.2, 0.4)
        ],
        "rouge_l": [
            {"answer": answer, "text": text, "value": scorer.score(answer, text)["rougeL"].fmeasure}
            for answer, text in pairs
        ],
    }
    FILE.write_text(json.dumps(figures, indent=1) + "\n")


main()
