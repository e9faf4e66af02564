"""Makes what `make bench-rerank` measures: a model folder and a workload.

    prepare.py OUTPUT_FOLDER minilm|base|v2-m3 VOCABULARY_FOLDER TEXTS... [--trained FOLDER] [--gpu]

The model is the trained one where it is given, else one of random weights: they mean nothing, but their work is the
real one. Each set of the workload is 20 passages for one query, cut so that every pair has exactly the tokens that its
set asks for, special tokens included.
"""

import argparse
import json
import pathlib
import shutil

import safetensors.torch
import tokenizers
import torch
import transformers

QUERY = "how does the server keep the search index and the database consistent?"
PASSAGES = 20
# Twenty lengths spread evenly over the 40 to 236 tokens that chunks of technical documentation have, shuffled once.
MIXED = [101, 205, 50, 153, 226, 81, 40, 174, 122, 60, 236, 143, 91, 184, 71, 215, 112, 164, 132, 194]
# What `make bench-gpu` measures.
GPU_SETS = {"512": [512] * PASSAGES, "mixed": MIXED}
SETS = {"64": [64] * PASSAGES, "128": [128] * PASSAGES, "256": [256] * PASSAGES, "500": [500] * PASSAGES, "mixed": MIXED}
# One token each, to fill up what no whole word fits.
FILLER = " the"


def random_model(shape):
    torch.manual_seed(7)
    common = {"num_labels": 1, "vocab_size": 30522, "pad_token_id": 0}
    if shape == "minilm":
        config = transformers.BertConfig(
            hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, **common
        )
    else:
        large = shape == "v2-m3"
        hidden, layers, heads, positions = (1024, 24, 16, 8194) if large else (768, 12, 12, 514)
        config = transformers.XLMRobertaConfig(
            hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=4 * hidden,
            max_position_embeddings=positions, type_vocab_size=1, bos_token_id=101, eos_token_id=102, **common,
        )
    model = transformers.AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        # Fresh weights are so small that all pairs score alike.
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(3.0)
    return model


def tokenizer_of(shape, vocabulary):
    raw = tokenizers.Tokenizer.from_file(str(vocabulary / "tokenizer.json"))
    raw.no_padding()
    raw.no_truncation()
    if shape == "minilm":
        kind, names = transformers.BertTokenizerFast, ["input_ids", "token_type_ids", "attention_mask"]
    else:
        raw.post_processor = tokenizers.processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] [SEP] $B [SEP]", special_tokens=[("[CLS]", 101), ("[SEP]", 102)]
        )
        kind, names = transformers.XLMRobertaTokenizerFast, ["input_ids", "attention_mask"]
    special = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]"}
    if shape != "minilm":
        special |= {"bos_token": "[CLS]", "eos_token": "[SEP]"}
    return raw, kind(tokenizer_object=raw, model_max_length=512, model_input_names=names, **special)


def passage(raw, words, start, tokens):
    """Words from `start` on that make a pair of exactly so many tokens, and where they end."""
    chosen, end = [], start
    length = lambda candidates: len(raw.encode(QUERY, " ".join(candidates)).ids)
    used = length([])
    while used < tokens:
        step = words[end % len(words)]
        cost = len(raw.encode(step, add_special_tokens=False).ids)
        end += 1
        if used + cost > tokens:
            break
        chosen.append(step)
        used += cost
    text = " ".join(chosen)
    text += FILLER * (tokens - len(raw.encode(QUERY, text).ids))
    assert len(raw.encode(QUERY, text).ids) == tokens, (tokens, text)
    return text, end


def workload(raw, files, wanted):
    words = " ".join(pathlib.Path(file).read_text(encoding="utf-8") for file in files).split()
    sets, place = {}, 0
    for name, lengths in wanted.items():
        sets[name] = []
        for tokens in lengths:
            text, place = passage(raw, words, place, tokens)
            sets[name].append(text)
    calibration, place = [], 0
    for index in range(100):
        text, place = passage(raw, words, place + 31, 40 + index * 2)
        calibration.append(text)
    return {"query": QUERY, "sets": sets, "tokens": wanted, "calibration": calibration}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("shape", choices=["minilm", "base", "v2-m3"])
    parser.add_argument("vocabulary", type=pathlib.Path)
    parser.add_argument("texts", nargs="+")
    parser.add_argument("--trained", type=pathlib.Path)
    parser.add_argument("--gpu", action="store_true")
    options = parser.parse_args()
    folder = options.output / "model"
    folder.mkdir(parents=True, exist_ok=True)
    if options.trained:
        for name in ("config.json",):
            shutil.copyfile(options.trained / name, folder / name)
        # Peers differ in what they make of 16-bit weights; all get the same 32-bit ones.
        weights = safetensors.torch.load_file(options.trained / "model.safetensors")
        weights = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in weights.items()}
        safetensors.torch.save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        config = json.loads((folder / "config.json").read_text())
        config["dtype"] = config["torch_dtype"] = "float32"
        (folder / "config.json").write_text(json.dumps(config, indent=1))
    else:
        random_model(options.shape).save_pretrained(folder)
    raw, tokenizer = tokenizer_of(options.shape, options.vocabulary)
    tokenizer.save_pretrained(folder)
    made = workload(raw, options.texts, GPU_SETS if options.gpu else SETS)
    (options.output / "workload.json").write_text(json.dumps(made, ensure_ascii=False))


if __name__ == "__main__":
    main()
