"""Measures Riddle's reranker beside its peers, as `make bench-rerank` prints it.

    run.py WORK_FOLDER --worker NAME COMMAND... [--missing NAME=REASON] [--rounds N] [--json]

Every reranker is a process of its own that has its model loaded all the time. A round asks each of them once for each
set of texts, one after the other, so that whatever else the machine does hits all alike; the next round goes in the
opposite order. The figure is the median of the rounds, and the best of them in the JSON.
"""

import argparse
import contextlib
import json
import math
import os
import queue
import shlex
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

# What is compared with what.
CLASSES = {
    "fp32": {"torch fp32", "onnx fp32", "openvino fp32", "FlagEmbedding", "rag-retrieval", "FlashRank fp32", "fastembed fp32"},
    "bf16": {"torch bf16", "openvino"},
    "int8": {"onnx int8", "openvino int8", "FlashRank int8", "fastembed int8"},
}
OURS = {precision: f"riddle {precision}" for precision in CLASSES}
REFERENCE = "torch fp32"
LABELS = {
    "torch fp32": "sentence-transformers, torch fp32",
    "torch bf16": "sentence-transformers, torch bf16",
    "onnx fp32": "sentence-transformers, ONNX fp32",
    "onnx int8": "sentence-transformers, ONNX int8 dynamic",
    "openvino": "sentence-transformers, OpenVINO default",
    "openvino fp32": "sentence-transformers, OpenVINO fp32",
    "openvino int8": "sentence-transformers, OpenVINO int8 static",
    "riddle http": "riddle int8, over HTTP",
}
LOAD_WITHIN, ANSWER_WITHIN = 240, 120
# Threads of a worker that still spin from its last call are idle after this.
PAUSE = 0.02


class Failed(Exception):
    """A worker gives no answer, and why."""


class Worker:
    """A process that answers each line with one line of JSON."""

    def __init__(self, name, command):
        self.name = name
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        # A session of its own, so that Ctrl-C reaches it through us alone.
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, start_new_session=True
        )
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        self.version = self.answer(LOAD_WITHIN)["ready"]

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def answer(self, seconds):
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            self.close()
            raise Failed(f"gave no answer within {seconds} s") from None
        if line is None:
            raise Failed(f"ended without an answer: {self.last_words()}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def last_words(self):
        """What it said last on standard error."""
        self.log.seek(0)
        lines = [line.strip() for line in self.log.read().splitlines() if line.strip()]
        return lines[-1][:400] if lines else "it said nothing"

    def measure(self, name):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(name + "\n")
            self.process.stdin.flush()
        return self.answer(ANSWER_WITHIN)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


class Http:
    """A server with `POST /rerank`."""

    def __init__(self, name, url, workload):
        self.name, self.url, self.workload = name, url, workload
        self.version = "POST /rerank"

    def measure(self, name):
        body = {"query": self.workload["query"], "texts": self.workload["sets"][name], "raw_scores": True}
        request = urllib.request.Request(
            self.url, data=json.dumps(body).encode(), headers={"content-type": "application/json"}
        )
        started = time.perf_counter()
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_WITHIN) as response:
                answer = json.load(response)
        except OSError as error:
            raise Failed(f"{type(error).__name__}: {error}") from None
        ms = (time.perf_counter() - started) * 1e3
        scores = {result["index"]: result["score"] for result in answer}
        return {"ms": ms, "scores": [scores[index] for index in range(len(body["texts"]))]}

    def close(self):
        """The server belongs to whoever started it."""


def start(commands, missing):
    workers = []
    for name, command in commands:
        try:
            workers.append(Worker(name, command))
        except (Failed, OSError) as error:
            missing[name] = str(error)
        print(f"  {name}: {missing.get(name) or workers[-1].version}", file=sys.stderr)
    return workers


def measure(workers, sets, rounds, deadline, missing):
    """Times and scores of every worker and set. One that fails is left out, with its reason."""
    times, scores = {}, {}
    longest = 0.0
    for turn in range(rounds + 1):
        began = time.monotonic()
        if turn > 1 and began + longest > deadline:
            break
        for name in sets:
            for worker in workers if turn % 2 else workers[::-1]:
                if worker.name in missing:
                    continue
                try:
                    answer = worker.measure(name)
                except Failed as error:
                    missing[worker.name] = str(error)
                    continue
                scores[worker.name, name] = answer["scores"]
                # The first round warms up.
                if turn:
                    times.setdefault((worker.name, name), []).append(answer["ms"])
                time.sleep(PAUSE)
        longest = max(longest, time.monotonic() - began)
    return times, scores


def inversions(ours, theirs):
    """Pairs of passages in another order, of those whose reference scores differ by more than 2 % of their range."""
    span = max(theirs) - min(theirs)
    clear = wrong = 0
    for first in range(len(theirs)):
        for second in range(first):
            difference = theirs[first] - theirs[second]
            if abs(difference) > 0.02 * span:
                clear += 1
                wrong += (ours[first] - ours[second]) * difference <= 0
    return wrong, clear


def agreement(name, sets, scores):
    """Largest difference from the reference, absolute and in parts of the range of its scores, and inversions."""
    largest, relative, wrong, clear = 0.0, 0.0, 0, 0
    for key in sets:
        if (name, key) not in scores or (REFERENCE, key) not in scores:
            return None
        ours, theirs = scores[name, key], scores[REFERENCE, key]
        difference = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
        largest = max(largest, difference)
        relative = max(relative, difference / ((max(theirs) - min(theirs)) or 1.0))
        one, all_ = inversions(ours, theirs)
        wrong, clear = wrong + one, clear + all_
    return {"max_difference": largest, "part_of_range": relative, "inversions": wrong, "clear_pairs": clear}


def ratios(sets, medians):
    """The best peer's time divided by ours, for each class and set; above 1 is faster than every peer."""
    table = []
    for kind, peers in CLASSES.items():
        row = {"class": kind, "ours": OURS[kind], "sets": {}}
        for key in sets:
            rivals = {peer: medians[peer, key] for peer in peers if (peer, key) in medians}
            if rivals and (OURS[kind], key) in medians:
                best = min(rivals, key=rivals.get)
                row["sets"][key] = {"best_peer": best, "ratio": rivals[best] / medians[OURS[kind], key]}
        table.append(row)
    return table


def report(names, versions, sets, medians, checks, missing):
    print("| milliseconds for 20 pairs | " + " | ".join(sets) + " | max \\|Δ\\| | inversions |")
    print("|---" * (len(sets) + 3) + "|")
    for name in names:
        label = LABELS.get(name, name)
        if name in missing:
            print(f"| {label} | " + "not measured: " + missing[name].replace("|", "/") + " |" * (len(sets) + 2))
            continue
        cells = [f"{medians[name, key]:.0f}" for key in sets]
        check = checks[name]
        cells += [f"{check['max_difference']:.2g}", f"{check['inversions']} / {check['clear_pairs']}"] if check else ["", ""]
        print(f"| {label} | " + " | ".join(cells) + " |")
    print()
    print("| best peer ÷ ours | " + " | ".join(sets) + " |")
    print("|---" * (len(sets) + 1) + "|")
    for row in ratios(sets, medians):
        cells = [
            f"{row['sets'][key]['ratio']:.2f} ({row['sets'][key]['best_peer']})" if key in row["sets"] else "" for key in sets
        ]
        print(f"| {row['class']}: {row['ours']} | " + " | ".join(cells) + " |")
    print()
    print("Versions: " + "; ".join(sorted(set(versions.values()))))


def machine():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return "unknown"


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--worker", action="append", nargs=2, metavar=("NAME", "COMMAND"), default=[])
    parser.add_argument("--http", help="address of a running server with this model")
    parser.add_argument("--missing", action="append", default=[], metavar="NAME=REASON")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=math.inf, help="no further round that would end later")
    parser.add_argument("--sets", default="64,128,256,500,mixed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main():
    chosen = options()
    deadline = time.monotonic() + chosen.seconds
    # Libraries that take every processor they find then find as many as the others use.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: chosen.threads])
    workload = json.loads((chosen.work / "workload.json").read_text())
    sets = chosen.sets.split(",")
    missing = dict(entry.split("=", 1) for entry in chosen.missing)
    commands = [(name, shlex.split(command)) for name, command in chosen.worker]
    workers = start([entry for entry in commands if entry[0] not in missing], missing)
    if chosen.http:
        workers.append(Http("riddle http", chosen.http, workload))
    try:
        times, scores = measure(workers, sets, chosen.rounds, deadline, missing)
    finally:
        for worker in workers:
            worker.close()
    rounds = max((len(values) for values in times.values()), default=0)
    medians = {key: statistics.median(values) for key, values in times.items() if key[0] not in missing}
    names = list(dict.fromkeys([name for name, _ in commands] + [worker.name for worker in workers] + list(missing)))
    versions = {worker.name: worker.version for worker in workers}
    checks = {name: agreement(name, sets, scores) for name in names if name not in missing}
    if chosen.json:
        peers = [
            {
                "name": name,
                "version": versions.get(name),
                "missing": missing.get(name),
                "agreement": checks.get(name),
                "median_ms": {key: medians[name, key] for key in sets if (name, key) in medians},
                "best_ms": {key: min(times[name, key]) for key in sets if (name, key) in medians},
            }
            for name in names
        ]
        facts = {"machine": machine(), "threads": chosen.threads, "rounds": rounds, "tokens": workload["tokens"]}
        print(json.dumps(facts | {"peers": peers, "ratios": ratios(sets, medians)}, indent=1))
        return
    print(f"{chosen.work.name}: {machine()}, {chosen.threads} threads, median of {rounds} rounds")
    print()
    report(names, versions, sets, medians, checks, missing)
    print()


if __name__ == "__main__":
    main()
