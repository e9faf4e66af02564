"""Writes crates/riddle-evaluation/tests/data/trec_eval: rankings at random and what NIST's trec_eval says of them.

    python -m pip install pytrec-eval-terrier==0.5.11
    python scripts/reference/ranking_figures.py

The three files have trec_eval's own formats: judgments, a run, and figures by topic.
"""

import pathlib
import random

import pytrec_eval

FOLDER = pathlib.Path(__file__).parent.parent.parent / "crates/riddle-evaluation/tests/data/trec_eval"
CUTS = "1,3,5,10,20,100"
MEASURES = {f"ndcg_cut.{CUTS}", f"recall.{CUTS}", f"success.{CUTS}", "recip_rank"}


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
    figures = pytrec_eval.RelevanceEvaluator(judgments, MEASURES).evaluate(runs)

    FOLDER.mkdir(parents=True, exist_ok=True)

    def write(name, lines):
        (FOLDER / name).write_text("".join(line + "\n" for line in lines))

    write("qrels", (f"{topic} 0 {name} {gain}" for topic, all in judgments.items() for name, gain in all.items()))
    write("run", (f"{topic} Q0 {name} 0 {score} random" for topic, all in runs.items() for name, score in all.items()))
    write("figures", (f"{name} {topic} {value:.4f}" for topic, all in figures.items() for name, value in all.items()))


main()
