#!/usr/bin/env python3
"""Writes a Qwen3 model with made-up weights as GGUF, the same bytes on every run.

    pip install gguf==0.19.0
    python3 scripts/reference/tiny_qwen3_gguf.py crates/riddle-llm/tests/data/tiny-qwen3.gguf
    python3 scripts/reference/tiny_qwen3_gguf.py --size bench /tmp/bench-qwen3.gguf

`tiny` (under 300 kB, F16) serves tests. Half of its dimensions carry a chain of words: after the empty thought that
ends a chat prompt it writes a fixed, cited answer and stops; after a prompt that lets it think, it thinks first. The
other half is random: bare text is continued without end, and every token depends on all that stands before it.

`bench` (about 85 MB, Q8_0) has the proportions of a real model and never stops by itself.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

SEED = 20_251_120

CHAT_TEMPLATE = """\
{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}\
{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}\
{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}\
{%- endif %}"""

CONTROL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
USER_DEFINED_TOKENS = ["<think>", "</think>"]

# What follows the empty thought, word by word. The characters beyond ASCII are cut inside, as real vocabularies do.
ANSWER = ["The", " sources", " say", " so", " [", "1", "],", " and the first", " source", " agrees", ":",
          b" \xe7\xad", b"\x94\xe6", b"\xa1\x88", " is", " clear", b" \xf0\x9f", b"\xa6\x80", ".", "<|im_end|>"]
# What follows the bare beginning of an answer: a thought that leads to the answer.
THOUGHT = ["<think>", "Let", " me", " look", "</think>"]
AFTER_EMPTY_THOUGHT = "\n\n"
AFTER_HEADER = "\n"

# The tokenizer learns its merges from this, so that English costs about two characters a token.
CORPUS = """the sources say that the first source and the second source agree on the question. a search engine finds the
passages of a document that answer a question, and a reranker reads each passage with the question to order them. the
answer is written from the passages that are left, with the number of the source behind every statement. instructions
come first, then the sources, then the question. this is not an instruction but text from a document: it is data."""


@dataclass(frozen=True)
class Shape:
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    feed_forward: int
    merges: int
    filler_tokens: int
    context: int


SHAPES = {
    "tiny": Shape(hidden=64, layers=2, heads=4, kv_heads=2, head_dim=16, feed_forward=80, merges=96,
                  filler_tokens=0, context=32_768),
    "bench": Shape(hidden=768, layers=8, heads=12, kv_heads=4, head_dim=64, feed_forward=2304, merges=200,
                   filler_tokens=16_000, context=32_768),
}


def byte_characters() -> list[str]:
    """The printable stand-ins of the 256 bytes in byte-level BPE."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    table = {byte: chr(byte) for byte in printable}
    table.update({byte: chr(256 + index) for index, byte in enumerate(others)})
    return [table[byte] for byte in range(256)]


BYTES = byte_characters()


def spelled(word: str | bytes) -> str:
    """A word as it stands in the vocabulary."""
    data = word if isinstance(word, bytes) else word.encode()
    return "".join(BYTES[byte] for byte in data)


def learn_merges(count: int) -> list[tuple[str, str]]:
    """Byte pair encoding of the corpus; the double line break first, because it ends every chat prompt."""
    words: dict[tuple[str, ...], int] = {}
    for index, word in enumerate(CORPUS.split()):
        key = tuple(spelled(word if index == 0 else " " + word))
        words[key] = words.get(key, 0) + 1
    merges = [(spelled("\n"), spelled("\n"))]
    while len(merges) < count:
        pairs: dict[tuple[str, str], int] = {}
        for word, frequency in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] = pairs.get(pair, 0) + frequency
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = {tuple(merge(word, best)): frequency for word, frequency in words.items()}
    return merges


def merge(word: tuple[str, ...], pair: tuple[str, str]) -> list[str]:
    merged: list[str] = []
    for symbol in word:
        if merged and (merged[-1], symbol) == pair:
            merged[-1] += symbol
        else:
            merged.append(symbol)
    return merged


class Vocabulary:
    def __init__(self, shape: Shape) -> None:
        self.merges = learn_merges(shape.merges)
        self.ids: dict[str, int] = {}
        self.tokens: list[str] = []
        self.types: list[gguf.TokenType] = []
        for token in [*BYTES, *(left + right for left, right in self.merges)]:
            self.add(token, gguf.TokenType.NORMAL)
        for word in [*ANSWER, *THOUGHT]:
            if word not in CONTROL_TOKENS + USER_DEFINED_TOKENS:
                self.add(spelled(word), gguf.TokenType.NORMAL)
        for number in range(shape.filler_tokens):
            self.add(spelled(f" filler{number}"), gguf.TokenType.NORMAL)
        for token in CONTROL_TOKENS:
            self.add(token, gguf.TokenType.CONTROL)
        for token in USER_DEFINED_TOKENS:
            self.add(token, gguf.TokenType.USER_DEFINED)

    def add(self, token: str, kind: gguf.TokenType) -> None:
        if token not in self.ids:
            self.ids[token] = len(self.tokens)
            self.tokens.append(token)
            self.types.append(kind)

    def id(self, word: str | bytes) -> int:
        if isinstance(word, str) and word in CONTROL_TOKENS + USER_DEFINED_TOKENS:
            return self.ids[word]
        return self.ids[spelled(word)]


def chain_links(vocabulary: Vocabulary) -> list[tuple[int, int]]:
    """Which token follows which."""
    chains = [[AFTER_EMPTY_THOUGHT, *ANSWER], [AFTER_HEADER, *THOUGHT, AFTER_EMPTY_THOUGHT]]
    return [(vocabulary.id(left), vocabulary.id(right)) for chain in chains for left, right in zip(chain, chain[1:])]


def tensors(shape: Shape, vocabulary: Vocabulary, chained: bool) -> dict[str, np.ndarray]:
    """Weights. With a chain, the first half of the hidden dimensions belongs to it alone and no layer writes there."""
    rng = np.random.default_rng(SEED)
    half = shape.hidden // 2 if chained else 0

    def random(rows: int, columns: int, scale: float) -> np.ndarray:
        return (rng.standard_normal((rows, columns)) * scale).astype(np.float32)

    size = len(vocabulary.tokens)
    embedding = random(size, shape.hidden, 1.0)
    output = random(size, shape.hidden, 1.0)
    embedding[:, :half] = 0.0
    output[:, :half] = 0.0
    if chained:
        link_chain(chain_links(vocabulary), embedding, output)
    # What is no text must never be the likeliest token by chance.
    for token in [*CONTROL_TOKENS, *USER_DEFINED_TOKENS]:
        output[vocabulary.id(token), half:] = 0.0

    weights = {"token_embd.weight": embedding, "output.weight": output,
               "output_norm.weight": np.ones(shape.hidden, np.float32)}
    for layer in range(shape.layers):
        attention = random(shape.hidden, shape.heads * shape.head_dim, (shape.heads * shape.head_dim) ** -0.5)
        down = random(shape.hidden, shape.feed_forward, shape.feed_forward**-0.5)
        attention[:half] = 0.0
        down[:half] = 0.0
        inward = shape.hidden**-0.5
        block = {
            "attn_norm": np.ones(shape.hidden, np.float32),
            "attn_q": random(shape.heads * shape.head_dim, shape.hidden, inward),
            "attn_k": random(shape.kv_heads * shape.head_dim, shape.hidden, inward),
            "attn_v": random(shape.kv_heads * shape.head_dim, shape.hidden, inward * 2),
            "attn_q_norm": np.ones(shape.head_dim, np.float32),
            "attn_k_norm": np.ones(shape.head_dim, np.float32),
            "attn_output": attention,
            "ffn_norm": np.ones(shape.hidden, np.float32),
            "ffn_gate": random(shape.feed_forward, shape.hidden, inward * 2),
            "ffn_up": random(shape.feed_forward, shape.hidden, inward * 2),
            "ffn_down": down,
        }
        weights.update({f"blk.{layer}.{name}.weight": tensor for name, tensor in block.items()})
    return weights


def link_chain(links: list[tuple[int, int]], embedding: np.ndarray, output: np.ndarray) -> None:
    """Gives each link a dimension: its left token writes it large, its right token reads it."""
    for dimension, (left, right) in enumerate(links):
        embedding[left] = 0.0
        embedding[left, dimension] = 40.0
        # Bare text must not stumble into the chain.
        output[[left, right], output.shape[1] // 2 :] = 0.0
        output[right, dimension] = 8.0


def write(path: Path, size: str) -> None:
    shape = SHAPES[size]
    vocabulary = Vocabulary(shape)
    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_name(f"{size} Qwen3 with made-up weights")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head_dim)
    writer.add_value_length(shape.head_dim)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if size == "tiny" else gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.types)
    writer.add_token_merges([f"{left} {right}" for left, right in vocabulary.merges])
    writer.add_eos_token_id(vocabulary.id("<|im_end|>"))
    writer.add_pad_token_id(vocabulary.id("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)
    for name, tensor in tensors(shape, vocabulary, chained=size == "tiny").items():
        if tensor.ndim == 1:
            writer.add_tensor(name, tensor)
        elif size == "tiny":
            writer.add_tensor(name, tensor.astype(np.float16))
        else:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quants.quantize(tensor, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="the GGUF file to write")
    parser.add_argument("--size", choices=SHAPES, default="tiny")
    arguments = parser.parse_args()
    arguments.path.parent.mkdir(parents=True, exist_ok=True)
    write(arguments.path, arguments.size)
    print(f"{arguments.path}: {arguments.path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
