"""Measures evaluations over a corpus of BEIR: evaluation_speed.py PROGRAM FOLDER

The set has the corpus's own questions and, up to 1,000, titles of its documents, which are asked for their document.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

QUESTIONS = 1_000
# Answers in one state of the run before the other, and how often the state changes.
TURN = 8
TURNS = 12


def main(program, folder):
    with tempfile.TemporaryDirectory() as home:
        source = os.path.join(home, "set")
        write_set(folder, source)
        environment = dict(os.environ, RIDDLE_DATA_DIR=os.path.join(home, "data"), RIDDLE_OFFLINE="true")
        with open(os.path.join(home, "log"), "w", encoding="utf-8") as log:
            server = subprocess.Popen(
                [program, "serve", "--listen", "127.0.0.1:0"], env=environment, stdout=log, stderr=log
            )
        try:
            base = address(environment["RIDDLE_DATA_DIR"], server)
            riddle(program, environment, "eval", "import", "speed", source)
            post(base, "/api/v1/knowledge-bases/speed", {"retrieval": {"rerank": False}}, "PATCH")
            measure_run(base)
            measure_chat(base, source)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def write_set(folder, target):
    os.makedirs(os.path.join(target, "qrels"))
    documents = lines(os.path.join(folder, "corpus.jsonl"))
    queries = lines(os.path.join(folder, "queries.jsonl"))
    with open(os.path.join(folder, "qrels", "test.tsv"), encoding="utf-8") as file:
        judgments = file.read().splitlines()
    for document in documents:
        if len(queries) >= QUESTIONS:
            break
        if document.get("title"):
            queries.append({"_id": f"title-{document['_id']}", "text": document["title"]})
            judgments.append(f"title-{document['_id']}\t{document['_id']}\t1")
    with open(os.path.join(target, "corpus.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(document) + "\n" for document in documents)
    with open(os.path.join(target, "queries.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(query) + "\n" for query in queries)
    with open(os.path.join(target, "qrels", "test.tsv"), "w", encoding="utf-8") as file:
        file.write("\n".join(judgments) + "\n")


def measure_run(base):
    body = {"set": "speed", "name": "four arms", "arms": arms()}
    begin = time.monotonic()
    run = post(base, "/api/v1/evaluations/runs", body)
    names = [arm["name"] for arm in run["manifest"]["arms"]]
    finished = wait(base, run["id"])
    seconds = time.monotonic() - begin
    print(f"- {finished['done']} questions in {len(names)} arms ({', '.join(names)}): {seconds:.0f} s with the report")
    begin = time.monotonic()
    report = get(base, f"/api/v1/evaluations/runs/{run['id']}/report")
    print(f"- reading the report ({len(report['arms'])} arms): {1_000 * (time.monotonic() - begin):.0f} ms")


def measure_chat(base, source):
    questions = [query["text"] for query in lines(os.path.join(source, "queries.jsonl"))]
    run = post(base, "/api/v1/evaluations/runs", {"set": "speed", "name": "beside people", "arms": arms()})
    times = {"paused": [], "running": []}
    for turn in range(TURNS):
        state = ("paused", "running")[turn % 2]
        control(base, run["id"], "pause" if state == "paused" else "resume")
        time.sleep(0.5)
        for place in range(TURN):
            question = questions[(turn // 2 * TURN + place) % len(questions)]
            begin = time.monotonic()
            post(base, "/api/v1/knowledge-bases/speed/ask", {"question": question})
            times[state].append(1_000 * (time.monotonic() - begin))
            # A person reads before the next question; the run goes on meanwhile.
            time.sleep(0.3)
        if state == "running" and get(base, f"/api/v1/evaluations/runs/{run['id']}")["status"] == "finished":
            print("- the run ended before all turns were over")
            break
    control(base, run["id"], "cancel", missing_is_fine=True)
    alone, beside = (statistics.median(times[state]) for state in ("paused", "running"))
    print(
        f"- median of {len(times['running'])} answers beside a run: {beside:.0f} ms, "
        f"of {len(times['paused'])} while it is paused: {alone:.0f} ms, ratio {beside / alone:.2f}"
    )


def arms():
    """Four arms with the present setting and its repetition."""
    base = {"top_k": 20, "top_n": 3, "rerank": None}
    return [
        dict(base, name="words", mode="bm25"),
        dict(base, name="meaning", mode="dense"),
    ]


def wait(base, run):
    while True:
        now = get(base, f"/api/v1/evaluations/runs/{run}")
        if now["status"] not in ("queued", "running"):
            return now
        time.sleep(0.2)


def control(base, run, action, missing_is_fine=False):
    try:
        post(base, f"/api/v1/evaluations/runs/{run}/control", {"action": action})
    except urllib.error.HTTPError:
        if not missing_is_fine:
            raise


def address(data, server):
    path = os.path.join(data, "server.json")
    while not os.path.exists(path):
        if server.poll() is not None:
            sys.exit("the server has ended")
        time.sleep(0.1)
    with open(path, encoding="utf-8") as file:
        return "http://" + json.load(file)["address"]


def riddle(program, environment, *arguments):
    subprocess.run([program, *arguments], env=environment, check=True, stdout=sys.stderr)


def get(base, path):
    with urllib.request.urlopen(base + path) as answer:
        return json.load(answer)


def post(base, path, body, method="POST"):
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(base + path, json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


if __name__ == "__main__":
    main(*sys.argv[1:])
