"""Records what FlagEmbedding's own FlagReranker scores with the tiny cross-encoders, as logits and normalized.

Run once, after tiny_models.py or this script has changed:

    python -m pip install torch transformers==4.57.6 FlagEmbedding==1.4.2
    python scripts/reference/flag_reranker.py

Writes flag-reranker.json into the folders of the models.
"""

import json
import shutil
import tempfile

import transformers
from FlagEmbedding.inference.reranker.encoder_only.base import BaseReranker

import tiny_models

SPECIALS = {
    "bert": {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]"},
    "xlm-roberta": {
        "bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>",
        "unk_token": "<unk>",
    },
}
KINDS = {"bert": transformers.BertTokenizerFast, "xlm-roberta": transformers.XLMRobertaTokenizerFast}


def main() -> None:
    for name, specials in SPECIALS.items():
        folder = tiny_models.DATA / "tiny" / name
        with tempfile.TemporaryDirectory() as work:
            shutil.copytree(folder, work, dirs_exist_ok=True)
            words = KINDS[name](tokenizer_file=str(folder / "tokenizer.json"), **specials)
            words.save_pretrained(work)
            reranker = BaseReranker(work, use_fp16=False, devices="cpu", max_length=tiny_models.LONGEST)
            pairs = []
            for query, passage in tiny_models.PAIRS:
                [raw] = reranker.compute_score([(query, passage)])
                [normalized] = reranker.compute_score([(query, passage)], normalize=True)
                pairs.append({
                    "query": query, "passage": passage, "raw": round(raw, 6), "normalized": round(normalized, 6),
                })
        content = {"max_tokens": tiny_models.LONGEST, "pairs": pairs}
        (folder / "flag-reranker.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
