"""What reranking fewer candidates saves and costs, on retrieval sets of the shared data folder.

    early_exit.py collect SET_FOLDER OUTPUT.json RIDDLE_BINARY WORKER_COMMAND...
    early_exit.py tables OUTPUT.json...

`collect` ingests the set into a server of its own, takes the first 20 candidates of the hybrid search with their
scores by dense vectors and by MaxSim, and has the worker (`rerank_bench`; `WORKLOAD` in its command becomes a file's
name) score them. `tables` prints what each way of ordering them gives. Nothing but Python's own library is needed.
"""

import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

CANDIDATES = 20
BATCH = 200
WEIGHTS = [step / 10 for step in range(11)]
# Of the blend where fewer candidates are scored: the best on codebase_chunks, and as good as none on scifact.
WEIGHT = 0.4
RESAMPLES = 2000
GAPS = (0.1, 0.2, 0.3, 0.4, 0.5)
COUNTS = (3, 5, 8, 10, 12, 15)


def call(base, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data=data, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as response:
        return json.load(response)


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def serve(binary, folder):
    environment = os.environ | {"RIDDLE_DATA_DIR": str(folder), "RIDDLE_OFFLINE": "true"}
    command = [binary, "serve", "--listen", "127.0.0.1:0"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        time.sleep(0.1)
        try:
            base = "http://" + json.loads((folder / "server.json").read_text())["address"]
            call(base, "/api/v1/health")
        except (OSError, ValueError, KeyError):
            continue
        return server, base
    raise SystemExit("the server did not start")


def ingest(base, data):
    call(base, "/api/v1/knowledge-bases", {"name": "measured"})
    documents = [
        {"name": line["_id"], "text": f"# {line['title']}\n\n{line['text']}" if line.get("title") else line["text"]}
        for line in lines(data / "corpus.jsonl")
    ]
    for start in range(0, len(documents), BATCH):
        call(base, "/api/v1/knowledge-bases/measured/documents", documents[start : start + BATCH])
    while True:
        waiting = call(base, "/api/v1/health")["queue"]
        if not waiting["pending_documents"] and not waiting["outbox_lag"]:
            return
        time.sleep(0.5)


def judgments(data):
    judged = {}
    for line in (data / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        question, document, grade = line.split("\t")
        judged.setdefault(question, {})[document] = int(grade)
    return judged


def candidates(base, question):
    body = {"query": question, "mode": "hybrid", "rerank": True, "top_k": CANDIDATES, "top_n": CANDIDATES}
    hits = call(base, "/api/v1/knowledge-bases/measured/search", body)["hits"]
    hits.sort(key=lambda hit: hit["fused"]["rank"])
    score = lambda hit, stage: hit[stage]["score"] if hit[stage] else None
    return [
        {"document": hit["document"]["name"], "text": hit["text"], "headings": hit["heading_path"]}
        | {stage: score(hit, stage) for stage in ("fused", "bm25", "dense")}
        | {"maxsim": score(hit, "rerank")}
        for hit in hits
    ]


def collect(data, output, binary, command):
    judged = judgments(data)
    with tempfile.TemporaryDirectory() as folder:
        server, base = serve(binary, Path(folder))
        try:
            ingest(base, data)
            questions = [
                {"id": line["_id"], "judgments": judged[line["_id"]], "text": line["text"]}
                for line in lines(data / "queries.jsonl")
                if line["_id"] in judged
            ]
            for question in questions:
                question["candidates"] = candidates(base, question["text"])
        finally:
            server.kill()
            server.wait()
        workload = Path(folder) / "workload.json"
        sets = {question["id"]: [passage(hit) for hit in question["candidates"]] for question in questions}
        queries = {question["id"]: question["text"] for question in questions}
        workload.write_text(json.dumps({"query": "", "sets": sets, "queries": queries}))
        command = [str(workload) if part == "WORKLOAD" else part for part in command]
        answers = subprocess.run(
            command, input="\n".join(sets) + "\n", stdout=subprocess.PIPE, text=True, check=True
        ).stdout.splitlines()[1:]
    for question, answer in zip(questions, map(json.loads, answers), strict=True):
        for hit, score, tokens in zip(question["candidates"], answer["scores"], answer["tokens"], strict=True):
            hit["encoder"], hit["tokens"] = score, tokens
            del hit["text"], hit["headings"]
    output.write_text(json.dumps({"set": data.name, "questions": questions}))


def passage(hit):
    """What the server gives its reranker: the headings that the passage does not begin with itself, and the passage."""
    own = set()
    for line in hit["text"].splitlines():
        if not line.startswith("#"):
            break
        own.add(line.lstrip("#").strip())
    above = [title for title in hit["headings"] if title not in own]
    return " › ".join(above) + "\n" + hit["text"] if above else hit["text"]


def scaled(values):
    low, high = min(values), max(values)
    return [(value - low) / (high - low) if high > low else 1.0 for value in values]


def order(hits, scored, weight, stage="encoder"):
    """As the server blends: the scored ones first, by the weighted sum of both scores over their range."""
    scored = [i for i in scored if hits[i][stage] is not None]
    if not scored:
        return list(range(len(hits)))
    rerank, fused = scaled([hits[i][stage] for i in scored]), scaled([hits[i]["fused"] for i in scored])
    blended = {i: weight * a + (1 - weight) * b for i, a, b in zip(scored, rerank, fused, strict=True)}
    rest = [i for i in range(len(hits)) if i not in blended]
    return sorted(scored, key=lambda i: -blended[i]) + rest


def metrics(question, ranked):
    documents = list(dict.fromkeys(question["candidates"][i]["document"] for i in ranked))
    grades = [question["judgments"].get(document, 0) for document in documents]
    gain = lambda grades: sum(grade / math.log2(place + 2) for place, grade in enumerate(grades[:10]))
    ideal = gain(sorted(question["judgments"].values(), reverse=True))
    return (gain(grades) / ideal if ideal else 0.0), float(any(grades[:3]))


def evaluate(questions, choose, weight=WEIGHT, stage="encoder"):
    """nDCG@10 and hit@3 of each question, and the part of all tokens that was scored; `choose` picks what to score."""
    scores, tokens, everything = [], 0, 0
    for question in questions:
        hits = question["candidates"]
        scored = sorted(choose(hits)) if weight > 0 else []
        scores.append(metrics(question, order(hits, scored, weight, stage)))
        tokens += sum(hits[i]["tokens"] for i in scored)
        everything += sum(candidate["tokens"] for candidate in hits)
    return scores, tokens / everything


def interval(scores, baseline):
    """Mean difference of nDCG@10 from the baseline, with its 95 % interval over resampled questions."""
    differences = [one[0] - other[0] for one, other in zip(scores, baseline, strict=True)]
    generator = random.Random(7)
    means = sorted(
        sum(generator.choices(differences, k=len(differences))) / len(differences) for _ in range(RESAMPLES)
    )
    low, high = means[RESAMPLES // 40], means[-RESAMPLES // 40]
    return f"{sum(differences) / len(differences):+.4f} ({low:+.4f} to {high:+.4f})"


def everyone(hits):
    return range(len(hits))


def first(count):
    return lambda hits: range(min(count, len(hits)))


def best(count, stage):
    lowest = -math.inf
    value = lambda hit: lowest if hit[stage] is None else hit[stage]
    return lambda hits: sorted(range(len(hits)), key=lambda i: -value(hits[i]))[:count]


def unclear(gap):
    """All, unless the first leads the second by so much of the fused scores' range."""

    def choose(hits):
        scores = scaled([hit["fused"] for hit in hits])
        lead = scores[0] - scores[1] if len(scores) > 1 else 1.0
        return [] if lead > gap else range(len(hits))

    return choose


def table(baseline, rows):
    print("\n| | nDCG@10 | difference, 95 % interval | hit@3 | tokens scored |\n|---|---|---|---|---|")
    for name, (scores, part) in rows:
        ndcg, hit = (sum(score[place] for score in scores) / len(scores) for place in (0, 1))
        print(f"| {name} | {ndcg:.4f} | {interval(scores, baseline)} | {hit:.3f} | {part:.0%} |")


def tables(files):
    for file in files:
        content = json.loads(file.read_text())
        questions = content["questions"]
        print(f"\n{content['set']}, {len(questions)} questions: weight of the reranker; difference from the fused order")
        fused = evaluate(questions, everyone, 0.0)
        rows = [("fused order", fused)]
        for stage, name in (("encoder", "cross-encoder"), ("maxsim", "MaxSim")):
            rows += [(f"{name} {weight:.1f}", evaluate(questions, everyone, weight, stage)) for weight in WEIGHTS[1:]]
        table(fused[0], rows)
        print(f"\n{content['set']}: fewer candidates, weight {WEIGHT}; difference from scoring all {CANDIDATES}")
        whole = evaluate(questions, everyone)
        rows = [("fused order", fused), (f"all {CANDIDATES}", whole)]
        rows += [(f"none where the first leads by {gap}", evaluate(questions, unclear(gap))) for gap in GAPS]
        rows += [(f"first {count}", evaluate(questions, first(count))) for count in COUNTS]
        for stage in ("dense", "maxsim"):
            rows += [(f"best {count} by {stage}", evaluate(questions, best(count, stage))) for count in COUNTS]
        table(whole[0], rows)


def main():
    if len(sys.argv) > 5 and sys.argv[1] == "collect":
        collect(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], sys.argv[5:])
    elif len(sys.argv) > 2 and sys.argv[1] == "tables":
        tables([Path(name) for name in sys.argv[2:]])
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
