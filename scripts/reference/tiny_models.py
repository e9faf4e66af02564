"""Makes tiny random encoders of every supported architecture, with what transformers computes for them.

Run once, after this script or the texts have changed:

    python -m pip install torch transformers tokenizers
    python scripts/reference/tiny_models.py

Each folder under crates/riddle-models/tests/data/tiny holds config.json, model.safetensors, tokenizer.json and
reference.json: inputs with their token ids, hidden states of the last layer and logits. The tokenizers are trained on
texts.json. Some weights are stored in 16 bits; the references are computed in 32 from what was stored.
"""

import json
import pathlib

import tokenizers
import torch
import transformers
from tokenizers import models, normalizers, pre_tokenizers, processors, trainers

DATA = pathlib.Path(__file__).parents[2] / "crates" / "riddle-models" / "tests" / "data"
SIZES = {"num_labels": 1, "attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": 0.0}
VOCABULARY = 400
TEXTS = ["a", "Rerankers read the question and the passage together.", "重排序为什么有用？", "don't stop: 42 🙂 tokens"]
PAIRS = [
    ("what is a sieve?", "a coarse net that lets small things through"),
    ("北京", "x " * 60),
    ("q " * 80, "short"),
    ("q " * 80, "p " * 80),
    ("", ""),
    ("a", ""),
    ("", "b"),
    ("重排序为什么有用？", "它让最好的段落排在最前面。"),
    ("🙂?", "🙂🐼 smile"),
]
LONGEST = 48


def wordpiece(texts):
    tokenizer = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def byte_level(texts):
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=special, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True)
    return tokenizer


def unigram(texts):
    tokenizer = tokenizers.Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.UnigramTrainer(vocab_size=VOCABULARY, special_tokens=special, unk_token="<unk>")
    # Every character of the training texts needs a place of its own.
    tokenizer.train_from_iterator([text for text in texts if text.isascii()], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def pair_ids(tokenizer, query, passage):
    """Truncates the query to 3/4 of the limit and the passage to the rest, then lets the template add its tokens."""
    specials = tokenizer.num_special_tokens_to_add(is_pair=True)
    first = tokenizer.encode(query, add_special_tokens=False)
    first.truncate(min(LONGEST * 3 // 4, LONGEST - specials))
    second = tokenizer.encode(passage, add_special_tokens=False)
    second.truncate(LONGEST - specials - len(first.ids))
    whole = tokenizer.post_process(first, second)
    return whole.ids, whole.type_ids


def single_ids(tokenizer, text):
    specials = tokenizer.num_special_tokens_to_add(is_pair=False)
    encoding = tokenizer.encode(text, add_special_tokens=False)
    encoding.truncate(LONGEST - specials)
    whole = tokenizer.post_process(encoding)
    return whole.ids, whole.type_ids


def reference(model, tokenizer, uses_types):
    base = getattr(model, model.base_model_prefix)

    def arguments(ids, types):
        tensors = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids), dtype=torch.long)}
        if uses_types:
            tensors["token_type_ids"] = torch.tensor([types])
        return tensors

    texts, pairs = [], []
    with torch.no_grad():
        for text in TEXTS:
            ids, types = single_ids(tokenizer, text)
            hidden = base(**arguments(ids, types)).last_hidden_state[0]
            texts.append({"text": text, "ids": ids, "hidden": [[round(v, 6) for v in row] for row in hidden.tolist()]})
        for query, passage in PAIRS:
            ids, types = pair_ids(tokenizer, query, passage)
            logits = model(**arguments(ids, types)).logits[0]
            # Of two labels, the softmax probability of the second is the sigmoid of their difference.
            logit = (logits[-1] - logits[0] if len(logits) == 2 else logits[0]).item()
            pairs.append({"query": query, "passage": passage, "ids": ids, "logit": round(logit, 6)})
    return {"max_tokens": LONGEST, "texts": texts, "pairs": pairs}


def save(name, config, tokenizer, dtype):
    torch.manual_seed(len(name))
    model = transformers.AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        # Fresh models have tiny weights, which hide errors, and biases of zero.
        for parameter in model.parameters():
            parameter.normal_(0.0, 0.3) if parameter.dim() > 1 else parameter.add_(torch.randn_like(parameter) * 0.2)
    folder = DATA / "tiny" / name
    model = model.to(dtype)
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    model = model.float()
    uses_types = getattr(config, "type_vocab_size", 0) > 1
    content = reference(model, tokenizer, uses_types)
    (folder / "reference.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    print(name, sum(file.stat().st_size for file in folder.iterdir()), "bytes")


def main() -> None:
    texts = json.loads((DATA / "texts.json").read_text(encoding="utf-8"))
    small = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, **SIZES)
    word, byte, uni = wordpiece(texts), byte_level(texts), unigram(texts)
    bert = transformers.BertConfig(
        vocab_size=word.get_vocab_size(), max_position_embeddings=64, hidden_act="gelu_new", **small
    )
    save("bert", bert, word, torch.float32)
    distilbert = transformers.DistilBertConfig(
        vocab_size=word.get_vocab_size(), max_position_embeddings=64, dim=32, n_layers=2, n_heads=4, hidden_dim=48,
        num_labels=1, dropout=0.0, attention_dropout=0.0, seq_classif_dropout=0.0,
    )
    save("distilbert", distilbert, word, torch.float16)
    roberta = transformers.RobertaConfig(
        vocab_size=byte.get_vocab_size(), max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, **small
    )
    save("roberta", roberta, byte, torch.bfloat16)
    xlm = transformers.XLMRobertaConfig(
        vocab_size=uni.get_vocab_size(), max_position_embeddings=66, type_vocab_size=1, pad_token_id=1,
        layer_norm_eps=1e-5, **small,
    )
    save("xlm-roberta", xlm, uni, torch.float32)
    two = transformers.BertConfig(
        vocab_size=word.get_vocab_size(), max_position_embeddings=64, hidden_act="gelu", **(small | {"num_labels": 2})
    )
    save("bert-two-labels", two, word, torch.float32)
    # Windows of 8 tokens to either side, so that texts of this length are longer than they are.
    modern = dict(
        vocab_size=word.get_vocab_size(), hidden_size=32, num_hidden_layers=4, num_attention_heads=4,
        intermediate_size=48, max_position_embeddings=64, local_attention=16, global_attn_every_n_layers=3,
        pad_token_id=0, bos_token_id=2, eos_token_id=3, cls_token_id=2, sep_token_id=3, num_labels=1,
        attn_implementation="eager",
    )
    save("modernbert", transformers.ModernBertConfig(classifier_pooling="mean", **modern), word, torch.float32)
    biased = dict(attention_bias=True, mlp_bias=True, norm_bias=True, classifier_bias=True, hidden_activation="relu")
    pooled = transformers.ModernBertConfig(classifier_pooling="cls", **modern, **biased)
    # In 16 bits transformers would round the frequencies of its positions too, which are no weights.
    save("modernbert-biases", pooled, word, torch.float32)


if __name__ == "__main__":
    main()
