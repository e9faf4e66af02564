"""Measures the rewriting of follow-ups over the handbook: follow_ups.py PROGRAM HALF [MODEL]"""

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

QUESTIONS = "scripts/handbook/follow_ups.jsonl"
BASE = "handbook"
# Hits among which a passage with the quote counts.
DEPTH = 3
WAYS = ("as typed", "rewritten", "by hand")


def main(program, half, model):
    with open(QUESTIONS, encoding="utf-8") as file:
        questions = [json.loads(line) for line in file]
    questions = [question for question in questions if half in ("all", question["half"])]
    with tempfile.TemporaryDirectory() as home:
        environment = dict(os.environ, RIDDLE_DATA_DIR=os.path.join(home, "data"), RIDDLE_OFFLINE="true")
        config = os.path.join(home, "riddle.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"[chat]\nmodel = {json.dumps(model or 'extractive')}\n")
            # By itself the server lets no model rewrite that writes badly.
            file.write(f"rewrite = \"{'model' if model else 'terms'}\"\n")
        with open(os.path.join(home, "log"), "w", encoding="utf-8") as log:
            server = subprocess.Popen(
                [program, "serve", "--config", config, "--listen", "127.0.0.1:0"],
                env=environment, stdout=log, stderr=log,
            )
        try:
            base = address(environment["RIDDLE_DATA_DIR"], server)
            ingested = subprocess.run(
                [program, "ingest", BASE, "handbook"], env=environment, stdout=subprocess.DEVNULL
            )
            # 5: in part. Scans have no text where nothing reads them.
            if ingested.returncode not in (0, 5):
                sys.exit("the handbook could not be added")
            results = [measure(base, question) for question in questions]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()
    report(questions, results, half, model)


def measure(base, question):
    chat = post(base, "/api/v1/chats", {"knowledge_bases": [BASE]})["id"]
    say(base, chat, question["first"])
    events = say(base, chat, question["follow_up"])
    rewritten = next(data["message"]["rewritten"] for name, data in events if name == "question")
    return {
        "rewritten": rewritten,
        "hits": [
            search(base, question["follow_up"], question),
            search(base, rewritten or question["follow_up"], question),
            search(base, question["alone"], question),
        ],
    }


def search(base, text, question):
    path = f"/api/v1/knowledge-bases/{BASE}/search"
    found = post(base, path, {"query": text, "top_n": DEPTH, "rerank_deadline_ms": 60_000})
    return any(
        squeezed(judged["quote"]) in squeezed(hit["text"])
        for judged in question["relevant"]
        for hit in found["hits"]
    )


def squeezed(text):
    """A text without what differs between the formats of a document."""
    return "".join(character for character in text if character.isalnum())


def say(base, chat, question):
    request = urllib.request.Request(
        f"{base}/api/v1/chats/{chat}/messages",
        json.dumps({"question": question, "max_tokens": 48}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=600) as response:
        blocks = response.read().decode().split("\n\n")
    events = []
    for block in blocks:
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in fields:
            events.append((fields.get("event"), json.loads(fields["data"])))
    return events


def report(questions, results, half, model):
    print(f"Follow-ups of the half `{half}`, rewritten by {model or 'the terms of the question before'}\n")
    print("| questions | " + " | ".join(f"hit@3 {way}" for way in WAYS) + " | gained | lost |")
    print("|---|" + "---|" * (len(WAYS) + 2))
    kinds = sorted({question["kind"] for question in questions})
    for name in ["all", "en", "zh", *kinds]:
        chosen = [
            result["hits"]
            for question, result in zip(questions, results)
            if name in ("all", question["id"][:2], question["kind"])
        ]
        cells = [interval(sum(hits[way] for hits in chosen), len(chosen)) for way in range(len(WAYS))]
        gained = sum(hits[1] and not hits[0] for hits in chosen)
        lost = sum(hits[0] and not hits[1] for hits in chosen)
        print(f"| {name} | " + " | ".join(cells) + f" | {gained} | {lost} |")
    print()
    for question, result in zip(questions, results):
        marks = "".join("+" if hit else "-" for hit in result["hits"])
        print(f"- {marks} {question['id']} {question['first']} / {question['follow_up']} → {result['rewritten'] or '='}")


def interval(hits, total):
    """Hits of total with the 95 % interval of Wilson."""
    z = 1.96
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    width = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return f"{hits}/{total} ({max(0.0, middle - width):.2f}–{min(1.0, middle + width):.2f})"


def address(data, server):
    path = os.path.join(data, "server.json")
    while not os.path.exists(path):
        if server.poll() is not None:
            sys.exit("the server ended before it was ready")
        time.sleep(0.2)
    with open(path, encoding="utf-8") as file:
        return "http://" + json.load(file)["address"]


def post(base, path, body):
    request = urllib.request.Request(
        base + path, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=600) as response:
        return json.load(response)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")
