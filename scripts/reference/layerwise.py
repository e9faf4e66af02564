"""Makes a tiny random MiniCPM with a head on each of its upper layers, with what FlagEmbedding scores with it.

Run once, after this script has changed:

    python -m pip install torch transformers==4.57.6 FlagEmbedding==1.4.2
    python scripts/reference/layerwise.py

Writes crates/riddle-models/tests/data/tiny/minicpm-layerwise: config.json, the weights in three files with their index,
tokenizer.json, and reference.json with scores at several layers. The model's own code of that version cannot keep keys
and values with these transformers, so it is told not to.
"""

import json
import shutil
import tempfile

import torch
import transformers
from FlagEmbedding.inference.reranker.decoder_only.layerwise import LayerWiseLLMReranker
from FlagEmbedding.inference.reranker.decoder_only.models.modeling_minicpm_reranker import (
    LayerWiseMiniCPMConfig,
    LayerWiseMiniCPMForCausalLM,
)
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

import tiny_models

FOLDER = tiny_models.DATA / "tiny" / "minicpm-layerwise"
LAYERS = [2, 3, 4]
LONGEST = 64


def tokenizer(texts):
    """Built as that of Llama is: a space before each text, unknown characters byte by byte."""
    raw = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    raw.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    raw.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    # Words alone: without a pre-tokenizer whole sentences would become tokens.
    words = [f"▁{word}" for text in texts if text.isascii() for word in text.split()]
    raw.train_from_iterator(words, trainers.BpeTrainer(vocab_size=480, special_tokens=special))
    content = json.loads(raw.to_str())
    content["added_tokens"] = [token for token in content["added_tokens"] if token["id"] < 3]
    return Tokenizer.from_str(json.dumps(content))


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    raw = tokenizer(json.loads((tiny_models.DATA / "texts.json").read_text(encoding="utf-8")))
    torch.manual_seed(3)
    config = LayerWiseMiniCPMConfig(
        vocab_size=raw.get_vocab_size(), hidden_size=32, intermediate_size=48, num_hidden_layers=4,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=512, rms_norm_eps=1e-5, scale_emb=3,
        dim_model_base=8, scale_depth=1.4, start_layer=2, head_type="simple", head_multi=True, use_cache=False,
        tie_word_embeddings=False, attn_implementation="eager",
    )
    model = LayerWiseMiniCPMForCausalLM(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0.0, 0.25) if parameter.dim() > 1 else parameter.add_(torch.randn_like(parameter) * 0.2)
    model.save_pretrained(FOLDER, max_shard_size="70KB")
    raw.save(str(FOLDER / "tokenizer.json"), pretty=False)
    with tempfile.TemporaryDirectory() as work:
        shutil.copytree(FOLDER, work, dirs_exist_ok=True)
        words = transformers.PreTrainedTokenizerFast(
            tokenizer_object=raw, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="</s>",
            padding_side="left",
        )
        words.save_pretrained(work)
        reranker = LayerWiseLLMReranker(work, use_bf16=True, devices="cpu", max_length=LONGEST, cutoff_layers=LAYERS)
        reranker.model = LayerWiseMiniCPMForCausalLM.from_pretrained(work, attn_implementation="eager").float().eval()
        reranker.use_bf16 = False
        pairs = []
        for query, passage in tiny_models.PAIRS:
            scores = reranker.compute_score([(query, passage)], batch_size=1)
            by_layer = {str(layer): round(score[0], 6) for layer, score in zip(LAYERS, scores)}
            pairs.append({"query": query, "passage": passage, "scores": by_layer})
    content = {"max_tokens": LONGEST, "layers": [LAYERS[0], LAYERS[-1]], "pairs": pairs}
    (FOLDER / "reference.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
