"""Writes crates/riddle-evaluation/tests/data/trec_eval: rankings at random and what NIST's trec_eval says of them.

    python -m pip install pytrec-eval-terrier==0.5.11 ir_measures==0.4.3
    python scripts/reference/ranking_figures.py

The files have trec_eval's own formats: judgments, a run, and figures by topic. `figures` has the names of trec_eval,
`measures` has those of ir_measures.
"""

import pathlib
import random

import ir_measures
import pytrec_eval

FOLDER = pathlib.Path(__file__).parent.parent.parent / "crates/riddle-evaluation/tests/data/trec_eval"
CUTS = "1,3,5,10,20,100"
FIGURES = {f"ndcg_cut.{CUTS}", f"recall.{CUTS}", f"success.{CUTS}", "recip_rank"}
MEASURES = """nDCG@3 nDCG@10 nDCG RR RR@3 RR@10 AP AP@5 AP@100 R@1 R@20 P@1 P@3 P@10 P@100 Success@1 Success@3 Success@10
    Bpref Judged@3 Judged@10 Judged@100 nDCG(judged_only=True)@3 nDCG(judged_only=True)@10 P(judged_only=True)@5
    AP(judged_only=True) RR(judged_only=True)""".split()


def main():
    chance = random.Random(1)
    judgments, runs = {}, {}
    for topic in map(str, range(1, 9)):
        documents = [f"d{number:02}" for number in range(60)]
        # Few grades and few scores, so that both have ties; some documents have no judgment, some are not found.
        judged = chance.sample(documents, 40)
        judgments[topic] = {name: chance.choice([-1, 0, 0, 0, 1, 1, 2, 3]) for name in judged}
        found = chance.sample(documents, chance.randrange(3, 45))
        runs[topic] = {name: chance.randrange(80) / 8 for name in found}
    figures = pytrec_eval.RelevanceEvaluator(judgments, FIGURES).evaluate(runs)

    # What goes wrong at the edges: nothing relevant, nothing judged 0, few judged 0, one relevant, nothing judged found.
    names = [f"d{number:02}" for number in range(12)]
    edges = {
        "none": ({"d00": 0, "d01": 0}, names),
        "only_relevant": ({"d03": 1, "d05": 2, "d40": 1}, names),
        "one_wrong": ({"d00": 0, "d03": 1, "d05": 2, "d40": 3, "d41": 0}, names),
        "one": ({"d07": 1}, names),
        "short": ({"d00": 1, "d09": 3, "d11": 1}, names[:2]),
        "lost": ({"d30": 1, "d31": 0}, names),
        "not_pooled": ({"d00": -1, "d01": -2, "d02": 1, "d03": 0}, names),
    }
    for topic, (grades, found) in edges.items():
        judgments[topic] = grades
        runs[topic] = {name: float(len(found) - place) for place, name in enumerate(found)}

    # ir_measures orders equal scores by ascending ids for what it computes itself, trec_eval by descending ones: scores
    # that are distinct, in the order of trec_eval, mean the same to both.
    distinct = {}
    for topic, all in runs.items():
        order = sorted(all, key=lambda name: (all[name], name))
        distinct[topic] = {name: float(place) for place, name in enumerate(order)}
    measures = [ir_measures.parse_measure(name) for name in MEASURES]
    # One measure at a time: several at once go wrong in pytrec_eval where a topic has negative grades alone.
    values = {
        str(measure): {metric.query_id: metric.value for metric in ir_measures.iter_calc([measure], judgments, distinct)}
        for measure in measures
    }

    FOLDER.mkdir(parents=True, exist_ok=True)

    def write(name, lines):
        (FOLDER / name).write_text("".join(line + "\n" for line in lines))

    write("qrels", (f"{topic} 0 {name} {gain}" for topic, all in judgments.items() for name, gain in all.items()))
    write("run", (f"{topic} Q0 {name} 0 {score} random" for topic, all in runs.items() for name, score in all.items()))
    write("figures", (f"{name} {topic} {value:.4f}" for topic, all in figures.items() for name, value in all.items()))
    write("measures", (f"{name} {topic} {value:.9f}" for name, all in values.items() for topic, value in all.items()))


main()
