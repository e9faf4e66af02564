#!/usr/bin/env python3
"""Writes a Gemma with made-up weights twice, for transformers and as GGUF, and what FlagEmbedding scores with it.

    pip install torch transformers==4.57.6 sentencepiece gguf FlagEmbedding==1.4.2
    python3 scripts/reference/tiny_gemma.py crates/riddle-llm/tests/data/yes-no-gemma

As bge-reranker-v2-gemma it has a SentencePiece vocabulary with single bytes and puts a token before every text, which is
what the model of tiny_yes_no.py has not. The GGUF file holds the weights in 32 bits.
"""

import argparse
import io
import json
import tempfile
from pathlib import Path

import gguf
import sentencepiece
import torch
import transformers
from tiny_qwen3_gguf import CORPUS
from tiny_yes_no import FLAG_TOKENS, PAIRS, flag_scores

SEED = 20_261_122
PIECES = 420
SHAPE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 8,
         "intermediate_size": 48, "max_position_embeddings": 1024, "rms_norm_eps": 1e-6, "rope_theta": 10_000.0}
# llama.cpp looks its gelu up in a table of 16 bits. With feed-forward layers as loud as the rest that moves a score by
# 6e-4; they are quiet here, because it is the prompt that is compared.
FEED_FORWARD = 0.03
NAMES = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
         "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
         "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}
OUTER_NAMES = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}


def train_vocabulary(path: Path) -> sentencepiece.SentencePieceProcessor:
    """As Gemma's: pairs merged by their ranks, bytes for what is unknown, no blank put before a text."""
    lines = CORPUS.replace(". ", ".\n").split("\n") + ["Yes", "No", "yes", "no", "what is a sieve?"] * 20
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="bpe", vocab_size=PIECES, byte_fallback=True,
        normalization_rule_name="identity", add_dummy_prefix=False, remove_extra_whitespaces=False, split_digits=True,
        pad_id=0, eos_id=1, bos_id=2, unk_id=3, pad_piece="<pad>", eos_piece="<eos>", bos_piece="<bos>",
        user_defined_symbols=["\n", "\n\n"], minloglevel=2,
    )
    path.write_bytes(model.getvalue())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    assert all(len(pieces.encode(word)) == 1 for word in ("Yes", "No"))
    return pieces


def model_of(vocabulary_size: int) -> transformers.PreTrainedModel:
    torch.manual_seed(SEED)
    config = transformers.GemmaConfig(vocab_size=vocabulary_size, hidden_activation="gelu_pytorch_tanh", pad_token_id=0,
                                      eos_token_id=1, bos_token_id=2, **SHAPE)
    config._attn_implementation = "eager"
    model = transformers.GemmaForCausalLM(config).eval()
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if tensor.ndim == 1:
                tensor.copy_(0.2 * torch.randn_like(tensor))
            else:
                spread = 0.3 if "embed_tokens" in name else 1.5 * tensor.shape[1] ** -0.5
                spread *= FEED_FORWARD if "down_proj" in name else 1.0
                tensor.copy_(spread * torch.randn_like(tensor))
    return model


def kind_of(pieces, piece: int) -> gguf.TokenType:
    if pieces.is_control(piece):
        return gguf.TokenType.CONTROL
    if pieces.is_unknown(piece):
        return gguf.TokenType.UNKNOWN
    if pieces.is_byte(piece):
        return gguf.TokenType.BYTE
    return gguf.TokenType.USER_DEFINED if pieces.id_to_piece(piece).strip("\n") == "" else gguf.TokenType.NORMAL


def write_gguf(path: Path, model, pieces) -> None:
    writer = gguf.GGUFWriter(path, "gemma")
    writer.add_name("tiny Gemma with made-up weights")
    writer.add_context_length(SHAPE["max_position_embeddings"])
    writer.add_embedding_length(SHAPE["hidden_size"])
    writer.add_block_count(SHAPE["num_hidden_layers"])
    writer.add_feed_forward_length(SHAPE["intermediate_size"])
    writer.add_head_count(SHAPE["num_attention_heads"])
    writer.add_head_count_kv(SHAPE["num_key_value_heads"])
    writer.add_key_length(SHAPE["head_dim"])
    writer.add_value_length(SHAPE["head_dim"])
    writer.add_layer_norm_rms_eps(SHAPE["rms_norm_eps"])
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    everything = range(pieces.get_piece_size())
    writer.add_token_list([pieces.id_to_piece(piece) for piece in everything])
    writer.add_token_scores([pieces.get_score(piece) for piece in everything])
    writer.add_token_types([kind_of(pieces, piece) for piece in everything])
    writer.add_pad_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_unk_token_id(3)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight":
            continue
        values = tensor.float()
        # Gemma scales by one more than its weight; GGUF holds what is multiplied.
        values = values + 1 if "norm" in name else values
        writer.add_tensor(gguf_name(name), values.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def gguf_name(name: str) -> str:
    if name in OUTER_NAMES:
        return OUTER_NAMES[name]
    layer, part = name.removeprefix("model.layers.").removesuffix(".weight").split(".", 1)
    return f"blk.{layer}.{NAMES[part]}.weight"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the folder for tiny.gguf and reference.json")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        pieces = train_vocabulary(work / "tokenizer.model")
        model = model_of(pieces.get_piece_size())
        write_gguf(folder / "tiny.gguf", model, pieces)
        model.save_pretrained(work)
        tokenizer = transformers.GemmaTokenizer(str(work / "tokenizer.model"), padding_side="left")
        tokenizer.save_pretrained(work)
        scores = flag_scores(work)
    prompts = [{"prompt": "flag_embedding", "max_tokens": FLAG_TOKENS, "scores": [round(score, 6) for score in scores]}]
    reference = {"pairs": PAIRS, "prompts": prompts}
    (folder / "reference.json").write_text(json.dumps(reference, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
