#!/usr/bin/env python3
"""Writes a language model with made-up weights twice, for transformers and as GGUF, and what the references score with it.

    pip install torch transformers gguf FlagEmbedding==1.4.2
    python3 scripts/reference/tiny_yes_no.py crates/riddle-llm/tests/data/yes-no

The GGUF file holds the weights in 32 bits. `reference.json` has the scores of FlagEmbedding's FlagLLMReranker, of the
recipe that Qwen3-Reranker's publishers print, and of the same question in the model's chat template. The recipe cuts the
whole text on the right, which would leave no passage beside a very long query; such a query is cut to three quarters of
the room here, as Riddle does it.
"""

import argparse
import json
import tempfile
from pathlib import Path

import gguf
import tokenizers
import torch
import transformers
from FlagEmbedding import FlagLLMReranker
from tiny_qwen3_gguf import BYTES, CHAT_TEMPLATE, CONTROL_TOKENS, USER_DEFINED_TOKENS, learn_merges, spelled

SEED = 20_261_121
MERGES = 160
SHAPE = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
         "intermediate_size": 64, "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 1_000_000.0}
# The answers are one token each, as in real vocabularies.
ANSWERS = [("y", "e"), ("ye", "s"), ("n", "o"), ("Y", "e"), ("Ye", "s"), ("N", "o")]
# How Qwen2's tokenizers split a text before they merge.
SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
         r"\s+(?!\S)|\s+")
PAIRS = [
    ("what is a sieve?", "a coarse net that lets small things through"),
    ("what is a sieve?", "the moon is far away"),
    ("北京", "x " * 400),
    ("q " * 400, "short"),
    ("q " * 400, "p " * 400),
    ("", ""),
    ("a", ""),
    ("", "b"),
    ("重排序为什么有用？", "它让最好的段落排在最前面。"),
    ("🙂?", "🙂🐼 smile"),
    ("two lines\n", "\n  indented\n\n"),
    ("what is 1234?", "(parentheses) and 5678, don't they?"),
]
FLAG_TOKENS = 96
RECIPE_TOKENS = 320

JUDGE = ("Judge whether the Document meets the requirements based on the Query and the Instruct provided. Note that the "
         'answer can only be "yes" or "no".')
PREFIX = f"<|im_start|>system\n{JUDGE}<|im_end|>\n<|im_start|>user\n"
SUFFIX = "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
INSTRUCTION = "Given a web search query, retrieve relevant passages that answer the query"
OWN_INSTRUCTION = "Given a question of an employee, find the rule that decides it"


def vocabulary() -> tuple[list[str], list[tuple[str, str]]]:
    merges = list(dict.fromkeys(learn_merges(MERGES) + ANSWERS))
    tokens = list(dict.fromkeys([*BYTES, *(left + right for left, right in merges)]))
    return tokens + CONTROL_TOKENS + USER_DEFINED_TOKENS, merges


def tokenizer_of(tokens, merges) -> transformers.PreTrainedTokenizerFast:
    ids = {token: place for place, token in enumerate(tokens)}
    own = {token: ids[token] for token in tokens if token not in CONTROL_TOKENS + USER_DEFINED_TOKENS}
    inner = tokenizers.Tokenizer(tokenizers.models.BPE(own, merges))
    inner.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
        tokenizers.pre_tokenizers.Split(tokenizers.Regex(SPLIT), "isolated"),
        tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    inner.decoder = tokenizers.decoders.ByteLevel()
    inner.add_special_tokens(CONTROL_TOKENS)
    inner.add_tokens(USER_DEFINED_TOKENS)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token="<|im_end|>", pad_token="<|endoftext|>", padding_side="left")
    tokenizer.chat_template = CHAT_TEMPLATE
    assert all(tokenizer.convert_tokens_to_ids(token) == place for token, place in ids.items())
    assert all(len(tokenizer.encode(word, add_special_tokens=False)) == 1 for word in ("yes", "no", "Yes", "No"))
    return tokenizer


def model_of(vocabulary_size: int) -> transformers.PreTrainedModel:
    torch.manual_seed(SEED)
    config = transformers.Qwen3Config(vocab_size=vocabulary_size, tie_word_embeddings=False, **SHAPE)
    config._attn_implementation = "eager"
    model = transformers.Qwen3ForCausalLM(config).eval()
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if tensor.ndim == 1:
                tensor.copy_(1.0 + 0.2 * torch.randn_like(tensor))
            else:
                spread = 1.0 if "embed_tokens" in name else 2.0 * tensor.shape[1] ** -0.5
                tensor.copy_(spread * torch.randn_like(tensor))
    return model


def flag_scores(folder: Path) -> list[float]:
    reranker = FlagLLMReranker(str(folder), devices="cpu", max_length=FLAG_TOKENS, batch_size=4)
    return reranker.compute_score(PAIRS)


def recipe_scores(model, tokenizer, ends, instruction=INSTRUCTION) -> list[float]:
    def ids(text: str) -> list[int]:
        return tokenizer.encode(text, add_special_tokens=False)

    prefix, suffix = (ids(end) for end in ends)
    yes, no = tokenizer.convert_tokens_to_ids("yes"), tokenizer.convert_tokens_to_ids("no")
    room = RECIPE_TOKENS - len(prefix) - len(suffix)
    before, between = f"<Instruct>: {instruction}\n<Query>:", "\n<Document>:"
    query_room = (room - len(ids(before)) - len(ids(between))) * 3 // 4
    scores = []
    for query, passage in PAIRS:
        query_ids = ids(f" {query}")
        if len(query_ids) > query_room:
            body = ids(before) + query_ids[:query_room] + ids(between) + ids(f" {passage}")
        else:
            body = ids(f"{before} {query}{between} {passage}")
        with torch.no_grad():
            logits = model(torch.tensor([prefix + body[:room] + suffix])).logits[0, -1]
        scores.append((logits[yes] - logits[no]).item())
    return scores


def chat_ends(tokenizer) -> tuple[str, str]:
    messages = [{"role": "system", "content": JUDGE}, {"role": "user", "content": "USER"}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, enable_thinking=False)
    return tuple(text.split("USER"))


NAMES = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
         "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
         "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate",
         "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}
OUTER_NAMES = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
               "lm_head.weight": "output.weight"}


def gguf_name(name: str) -> str:
    if name in OUTER_NAMES:
        return OUTER_NAMES[name]
    layer, part = name.removeprefix("model.layers.").removesuffix(".weight").split(".", 1)
    return f"blk.{layer}.{NAMES[part]}.weight"


def write_gguf(path: Path, model, tokens, merges) -> None:
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_name("tiny language model with made-up weights")
    writer.add_context_length(SHAPE["max_position_embeddings"])
    writer.add_embedding_length(SHAPE["hidden_size"])
    writer.add_block_count(SHAPE["num_hidden_layers"])
    writer.add_feed_forward_length(SHAPE["intermediate_size"])
    writer.add_head_count(SHAPE["num_attention_heads"])
    writer.add_head_count_kv(SHAPE["num_key_value_heads"])
    writer.add_key_length(SHAPE["head_dim"])
    writer.add_value_length(SHAPE["head_dim"])
    writer.add_layer_norm_rms_eps(SHAPE["rms_norm_eps"])
    writer.add_rope_freq_base(SHAPE["rope_theta"])
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    kinds = {**dict.fromkeys(CONTROL_TOKENS, gguf.TokenType.CONTROL),
             **dict.fromkeys(USER_DEFINED_TOKENS, gguf.TokenType.USER_DEFINED)}
    writer.add_token_list(tokens)
    writer.add_token_types([kinds.get(token, gguf.TokenType.NORMAL) for token in tokens])
    writer.add_token_merges([f"{left} {right}" for left, right in merges])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)
    for name, tensor in model.state_dict().items():
        writer.add_tensor(gguf_name(name), tensor.float().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the folder for tiny.gguf and reference.json")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    tokens, merges = vocabulary()
    tokenizer, model = tokenizer_of(tokens, merges), model_of(len(tokens))
    write_gguf(folder / "tiny.gguf", model, tokens, merges)
    with tempfile.TemporaryDirectory() as temporary:
        model.save_pretrained(temporary)
        tokenizer.save_pretrained(temporary)
        flag = flag_scores(Path(temporary))
    recipe = recipe_scores(model, tokenizer, (PREFIX, SUFFIX))
    chat = recipe_scores(model, tokenizer, chat_ends(tokenizer))
    own = recipe_scores(model, tokenizer, (PREFIX, SUFFIX), OWN_INSTRUCTION)

    def rounded(scores):
        return [round(score, 6) for score in scores]

    reference = {"pairs": PAIRS, "prompts": [
        {"prompt": "flag_embedding", "max_tokens": FLAG_TOKENS, "scores": rounded(flag)},
        {"prompt": "qwen3", "max_tokens": RECIPE_TOKENS, "scores": rounded(recipe)},
        {"prompt": "chat", "max_tokens": RECIPE_TOKENS, "scores": rounded(chat)},
        {"prompt": "qwen3", "instruction": OWN_INSTRUCTION, "max_tokens": RECIPE_TOKENS, "scores": rounded(own)},
    ]}
    (folder / "reference.json").write_text(json.dumps(reference, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
