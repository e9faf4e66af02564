"""Writes what sentence-transformers puts behind a network in each of its conventions, and the vectors that it gives.

Run once, after this script or the tiny model have changed:

    python -m pip install torch sentence-transformers
    python scripts/reference/sentence_models.py

Each folder under crates/riddle-models/tests/data/tiny/sentence holds the files that go over those of tiny/bert, and
reference.json: vectors of questions and passages, of length 1. The references here are of sentence-transformers 5.1.
"""

import json
import pathlib
import shutil
import tempfile

import torch
from sentence_transformers import SentenceTransformer, models

DATA = pathlib.Path(__file__).parents[2] / "crates" / "riddle-models" / "tests" / "data" / "tiny"
TEXTS = ["a", "Rerankers read the question and the passage together.", "重排序为什么有用？", "don't stop: 42 🙂 tokens", "q " * 90]
PROMPTS = {"query": "question: ", "document": "passage: "}
MODES = ["cls_token", "max_tokens", "mean_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]
KEPT = ["modules.json", "config_sentence_transformers.json", "sentence_bert_config.json"]


def bert(folder):
    for name in ["config.json", "tokenizer.json", "model.safetensors"]:
        shutil.copy(DATA / "bert" / name, folder / name)
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]", "unk_token": "[UNK]"}
    settings |= {"cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return models.Transformer(str(folder), max_seq_length=48)


def write(name, modes, dense=(), normalize=True, prompts=None, include_prompt=True):
    torch.manual_seed(len(name))
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        base = scratch / "base"
        base.mkdir()
        network = bert(base)
        switches = {f"pooling_mode_{mode}": mode in modes for mode in MODES}
        pooling = models.Pooling(32, include_prompt=include_prompt, **switches)
        steps = [network, pooling]
        length = 32 * len(modes)
        for size, activation, bias in dense:
            layer = models.Dense(length, size, bias=bias, activation_function=activation)
            torch.nn.init.normal_(layer.linear.weight, 0.0, 0.3)
            steps.append(layer)
            length = size
        if normalize:
            steps.append(models.Normalize())
        model = SentenceTransformer(modules=steps, prompts=prompts or {}, device="cpu")
        saved = scratch / "saved"
        model.save(str(saved))
        folder = DATA / "sentence" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for path in saved.iterdir():
            if path.is_dir():
                shutil.copytree(path, folder / path.name)
            elif path.name in KEPT:
                shutil.copy(path, folder / path.name)

        def vectors(prompt):
            prompt_name = prompt if prompts else None
            # One at a time: in a batch, padding changes the last bits.
            found = [model.encode(text, prompt_name=prompt_name, normalize_embeddings=True) for text in TEXTS]
            return [[round(float(value), 6) for value in vector] for vector in found]

        content = {"texts": TEXTS, "queries": vectors("query"), "passages": vectors("document")}
        (folder / "reference.json").write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    identity, tanh = torch.nn.Identity(), torch.nn.Tanh()
    for mode in MODES:
        write(f"pooling-{mode}", [mode], normalize=mode != "max_tokens")
    write("pooling-all", MODES)
    write("dense", ["mean_tokens"], dense=[(16, tanh, True)])
    write("dense-twice", ["cls_token", "mean_tokens"], dense=[(24, identity, False), (12, tanh, True)])
    write("prompts", ["mean_tokens"], prompts=PROMPTS)
    write("prompts-left-out", ["mean_tokens"], prompts=PROMPTS, include_prompt=False)
    write("prompts-left-out-of-weights", ["weightedmean_tokens", "lasttoken"], prompts=PROMPTS, include_prompt=False)


if __name__ == "__main__":
    main()
