"""Measures Riddle's reranker on a GPU beside FlagEmbedding, as `make bench-gpu` prints it.

    gpu.py WORK_FOLDER --worker NAME COMMAND... [--goal MILLISECONDS] [--rounds N] [--json]

The first worker is ours, the last one the reference for scores. Workers and rounds are those of run.py: all have their
model loaded all the time, and are asked in turn, with tokenizing, for 20 pairs.
"""

import argparse
import json
import math
import shlex
import statistics
import subprocess
from pathlib import Path

import run


def gpu():
    """Name, driver and memory of the GPU, as its driver tells them."""
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        return subprocess.run(query, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "no GPU"


def difference(scores, name, reference, sets):
    """Largest difference from the reference's scores, and the part of their range that it is."""
    largest, part = 0.0, 0.0
    for key in sets:
        ours, theirs = scores.get((name, key)), scores.get((reference, key))
        if ours is None or theirs is None:
            return None
        apart = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
        largest, part = max(largest, apart), max(part, apart / ((max(theirs) - min(theirs)) or 1.0))
    return largest, part


def report(results, sets, goal):
    print("| milliseconds for 20 pairs | " + " | ".join(sets) + " | max \\|Δ\\| | of the range |")
    print("|---" * (len(sets) + 3) + "|")
    for result in results:
        if result["missing"]:
            reason = result["missing"].replace("|", "/")
            print(f"| {result['name']} | not measured: {reason}" + " |" * (len(sets) + 3))
            continue
        cells = [f"{result['median_ms'][key]:.1f} (best {result['best_ms'][key]:.1f})" for key in sets]
        apart = result["difference"]
        cells += [f"{apart[0]:.2g}", f"{apart[1]:.1%}"] if apart else ["", ""]
        print(f"| {result['name']} | " + " | ".join(cells) + " |")
    ours, *peers = [result for result in results if not result["missing"]]
    print()
    for peer in peers:
        ratios = [f"{key}: {peer['median_ms'][key] / ours['median_ms'][key]:.2f}" for key in sets]
        print(f"{peer['name']} ÷ {ours['name']}: " + ", ".join(ratios))
    if goal:
        took = ours["median_ms"][sets[0]]
        print(f"goal for {sets[0]} tokens: {goal:g} ms, {'reached' if took <= goal else 'MISSED'} with {took:.1f} ms")
    print()


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--worker", action="append", nargs=2, metavar=("NAME", "COMMAND"), required=True)
    parser.add_argument("--goal", type=float)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main():
    chosen = options()
    sets = list(json.loads((chosen.work / "workload.json").read_text())["sets"])
    missing = {}
    names = [name for name, _ in chosen.worker]
    workers = run.start([(name, shlex.split(command)) for name, command in chosen.worker], missing)
    try:
        times, scores = run.measure(workers, sets, chosen.rounds, math.inf, missing)
    finally:
        for worker in workers:
            worker.close()
    versions = {worker.name: worker.version for worker in workers}
    results = [
        {
            "name": name,
            "version": versions.get(name),
            "missing": missing.get(name),
            "difference": difference(scores, name, names[-1], sets),
            "median_ms": {key: statistics.median(times[name, key]) for key in sets if (name, key) in times},
            "best_ms": {key: min(times[name, key]) for key in sets if (name, key) in times},
        }
        for name in names
    ]
    if chosen.json:
        facts = {"model": chosen.work.name, "gpu": gpu(), "rounds": chosen.rounds, "goal_ms": chosen.goal}
        print(json.dumps(facts | {"results": results}, indent=1))
    else:
        print(f"{chosen.work.name} on {gpu()}, median of {chosen.rounds} rounds")
        print()
        if names[0] not in missing:
            report(results, sets, chosen.goal)
        print("Versions: " + "; ".join(sorted(set(versions.values()))))
        print()
    if names[0] in missing:
        raise SystemExit(f"{names[0]} was not measured: {missing[names[0]]}")


if __name__ == "__main__":
    main()
