"""Exports tiny random cross-encoders as ONNX with PyTorch's own exporter, and records what transformers scores.

Run once, after this script or the tokenizer of the tiny BERT has changed:

    python -m pip install torch transformers==4.57.6 tokenizers onnx
    python scripts/reference/foreign_onnx.py

The folders under crates/riddle-models/tests/data/foreign-onnx hold what such an export has: config.json, tokenizer.json
and model.onnx, as optimum names inputs and outputs, in 32 bits and in 16 (model_fp16.onnx), and reference.json with the
scores in 32 bits. There are a BERT with one label and an XLM-R with two, so that the limit of config.json is counted in
both ways. Pairs are as long as the model takes, which nothing but config.json says.
"""

import json
import shutil
import warnings

import tokenizers
import torch
import transformers

import tiny_models

FOLDER = tiny_models.DATA / "foreign-onnx"
SHAPE = dict(
    hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, attention_probs_dropout_prob=0.0,
    hidden_dropout_prob=0.0, attn_implementation="eager",
)


class Classifier(torch.nn.Module):
    """The model as a function of the inputs that it has."""

    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *tensors):
        return self.model(**dict(zip(self.names, tensors))).logits


def model_of(config):
    torch.manual_seed(11)
    model = transformers.AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0.0, 0.3) if parameter.dim() > 1 else parameter.add_(torch.randn_like(parameter) * 0.2)
    return model


def export(model, names, path) -> None:
    example = tuple(torch.ones(2, 5, dtype=torch.long) for _ in names)
    axes = {name: {0: "batch_size", 1: "sequence_length"} for name in names} | {"logits": {0: "batch_size"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Classifier(model, names), example, path, input_names=names, output_names=["logits"], dynamic_axes=axes,
            opset_version=17, dynamo=False,
        )


def pairs_of(model, tokenizer, names, longest):
    """Pairs cut as FlagEmbedding does it; of two labels, the second's logit less the first's."""
    tiny_models.LONGEST = longest
    pairs = []
    for query, passage in tiny_models.PAIRS:
        ids, types = tiny_models.pair_ids(tokenizer, query, passage)
        known = {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": types}
        with torch.no_grad():
            logits = model(**{name: torch.tensor([known[name]]) for name in names}).logits[0]
        score = logits[-1] - logits[0] if len(logits) == 2 else logits[0]
        pairs.append({"query": query, "passage": passage, "tokens": len(ids), "logit": round(score.item(), 6)})
    return pairs


def save(name, config, source, longest, names) -> None:
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(tiny_models.DATA / "tiny" / source / "tokenizer.json", folder)
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    config.vocab_size = tokenizer.get_vocab_size()
    model = model_of(config)
    model.config.save_pretrained(folder)
    pairs = pairs_of(model, tokenizer, names, longest)
    export(model, names, str(folder / "model.onnx"))
    export(model.half(), names, str(folder / "model_fp16.onnx"))
    content = {"max_tokens": longest, "pairs": pairs}
    (folder / "reference.json").write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(name, sum(file.stat().st_size for file in folder.iterdir()), "bytes")


def main() -> None:
    bert = transformers.BertConfig(max_position_embeddings=40, num_labels=1, **SHAPE)
    save("one-label", bert, "bert", 40, ["input_ids", "attention_mask", "token_type_ids"])
    # Its positions begin behind that of the padding, so that 42 of them are room for 40 tokens.
    xlm = transformers.XLMRobertaConfig(
        max_position_embeddings=42, type_vocab_size=1, pad_token_id=1, num_labels=2, **SHAPE
    )
    save("two-labels", xlm, "xlm-roberta", 40, ["input_ids", "attention_mask"])


if __name__ == "__main__":
    main()
