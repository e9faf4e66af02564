"""Records what FlagEmbedding scores by late interaction with the tiny XLM-R encoder.

Run once, after tiny_models.py or this script has changed:

    python -m pip install torch transformers FlagEmbedding==1.4.2
    python scripts/reference/late_interaction.py

Writes colbert_linear.pt, a random layer as BGE-M3 and RAG-Retrieval store theirs, and colbert.json into the folder of
the model. Each pair is scored by itself: in a padded batch, a padded place has the similarity 0 to every token.
"""

import json
import pathlib
import shutil
import tempfile

import torch
import transformers
from FlagEmbedding.inference.embedder.encoder_only.m3 import M3Embedder

import tiny_models

FOLDER = tiny_models.DATA / "tiny" / "xlm-roberta"
DIMENSIONS = 24


def model_folder(work):
    """The encoder without its classifier, in the form that FlagEmbedding loads."""
    model = transformers.XLMRobertaForSequenceClassification.from_pretrained(FOLDER)
    model.roberta.save_pretrained(work)
    shutil.copy(FOLDER / "tokenizer.json", work)
    shutil.copy(FOLDER / "colbert_linear.pt", work)
    torch.save(torch.nn.Linear(model.config.hidden_size, 1).state_dict(), work / "sparse_linear.pt")
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(FOLDER / "tokenizer.json"), bos_token="<s>", eos_token="</s>", cls_token="<s>",
        sep_token="</s>", pad_token="<pad>", unk_token="<unk>", mask_token="<mask>",
    )
    tokenizer.save_pretrained(work)
    return model.config.hidden_size


def main() -> None:
    torch.manual_seed(5)
    hidden = json.loads((FOLDER / "config.json").read_text())["hidden_size"]
    linear = torch.nn.Linear(hidden, DIMENSIONS)
    with torch.no_grad():
        linear.weight.normal_(0.0, 0.3)
    torch.save(linear.state_dict(), FOLDER / "colbert_linear.pt")
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        model_folder(work)
        model = M3Embedder(str(work), use_fp16=False, devices="cpu", colbert_dim=DIMENSIONS)
        pairs = []
        for query, passage in tiny_models.PAIRS:
            scores = model.compute_score_single_device(
                [(query, passage)], batch_size=1, device="cpu",
                max_query_length=tiny_models.LONGEST, max_passage_length=tiny_models.LONGEST,
            )
            pairs.append({"query": query, "passage": passage, "score": round(scores["colbert"][0], 6)})
    content = {"max_tokens": tiny_models.LONGEST, "pairs": pairs}
    (FOLDER / "colbert.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
