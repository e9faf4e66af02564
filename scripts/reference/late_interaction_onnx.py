"""Writes a late-interaction model whose graph has the projection inside, with reference scores.

    python3 -m venv /tmp/venv
    /tmp/venv/bin/pip install numpy onnx tokenizers
    /tmp/venv/bin/python scripts/reference/late_interaction_onnx.py

The folder crates/riddle-models/tests/data/foreign-onnx/late-interaction holds what such an export has: tokenizer.json
and model.onnx, no config.json and no file of a head. A token's vector is a row of a random table times a random matrix,
which is what tells apart the tokens that count, special ones included. reference.json holds MaxSim in 32 bits: the mean
over all tokens of the query of the best cosine with a token of the passage.
"""

import json
import pathlib
import shutil

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

DATA = pathlib.Path(__file__).resolve().parents[2] / "crates/riddle-models/tests/data"
FOLDER = DATA / "foreign-onnx" / "late-interaction"
TOKENIZER = DATA / "tiny" / "bert" / "tokenizer.json"
HIDDEN, COMPARED = 12, 8
PAIRS = [
    ("what is a sieve?", "A sieve lets small things through."),
    ("what is a sieve?", "Riddle is a coarse sieve, a riddle is a question."),
    ("what is a sieve?", ""),
    ("重排序", "重排序 puts passages in order"),
    ("x", "y"),
]


def graph(vocabulary):
    """Token vectors of ids, times their mask, as `contextual`."""
    random = np.random.default_rng(7)
    table = random.standard_normal((vocabulary, HIDDEN)).astype(np.float32)
    matrix = random.standard_normal((HIDDEN, COMPARED)).astype(np.float32)
    size = ["batch", "tokens"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, size) for name in ("input_ids", "attention_mask")]
    output = helper.make_tensor_value_info("contextual", TensorProto.FLOAT, [*size, COMPARED])
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("MatMul", ["rows", "matrix"], ["projected"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide_mask"]),
        helper.make_node("Mul", ["projected", "wide_mask"], ["contextual"]),
    ]
    weights = {"table": table, "matrix": matrix, "last": np.array([2], np.int64)}
    weights = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    made = helper.make_graph(nodes, "late-interaction", inputs, [output], weights)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model, table @ matrix


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    model, vectors = graph(tokenizer.get_vocab_size())
    onnx.checker.check_model(model)
    onnx.save(model, FOLDER / "model.onnx")
    shutil.copy(TOKENIZER, FOLDER)
    pairs = []
    for query, passage in PAIRS:
        asked, given = (unit(vectors[tokenizer.encode(text).ids]) for text in (query, passage))
        score = float((asked @ given.T).max(axis=1).mean())
        pairs.append({"query": query, "passage": passage, "score": score})
    text = json.dumps({"max_tokens": 48, "pairs": pairs}, ensure_ascii=False, indent=1)
    (FOLDER / "reference.json").write_text(text + "\n", encoding="utf-8")


main()
