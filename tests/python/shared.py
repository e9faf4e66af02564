"""What the tests of the clients share."""

import json
import os
import urllib.request

MODEL = "ce-starter-minilm-l6"
# A tiny one with weights by chance goes by the same name where the trained one is not here.
IS_TRAINED = bool(os.environ.get("RERANKER_IS_TRAINED"))
EMBEDDER = "all-minilm-l6-v2"
QUERY = "When does the boat leave?"
TEXTS = [
    "The spare key hangs behind the red door.",
    "The boat leaves at seven from pier nine.",
    "Boats are painted every spring.",
]


def post(base: str, key: str, path: str, body: dict) -> object:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    request = urllib.request.Request(base + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def expected(base: str, key: str) -> list[tuple[int, float]]:
    """Order and scores as the plain route gives them."""
    ranks = post(base, key, "/rerank", {"query": QUERY, "texts": TEXTS})
    assert not IS_TRAINED or ranks[0]["index"] == 1, ranks
    assert sorted(rank["index"] for rank in ranks) == [0, 1, 2], ranks
    return [(rank["index"], rank["score"]) for rank in ranks]


def same(got: list[tuple[int, float]], wanted: list[tuple[int, float]]) -> None:
    assert [index for index, _ in got] == [index for index, _ in wanted], (got, wanted)
    assert all(abs(a - b) < 1e-6 for (_, a), (_, b) in zip(got, wanted)), (got, wanted)
