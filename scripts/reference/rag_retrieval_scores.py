"""Records what RAG-Retrieval and sentence-transformers score with tiny random models.

Run once, after tiny_models.py or this script has changed:

    python -m pip install torch transformers==4.57.6 rag_retrieval==0.2.2 sentence-transformers==5.7.0
    git clone https://github.com/NLPJCL/RAG-Retrieval        # read at 4193c8c; the package lacks late interaction
    python scripts/reference/rag_retrieval_scores.py RAG-Retrieval

Writes, below crates/riddle-models/tests/data/tiny:

- xlm-roberta-long: an XLM-R of 256 tokens, since RAG-Retrieval refuses a query that leaves fewer than 100 to a passage,
  with the scores of its Reranker: `compute_score`, and `rerank` with the windows of `max_score_slice`.
- bert/sentence-transformers.json: the scores of CrossEncoder, as logits and with its default activation.
- bert/colbert_linear.pt and bert/rag-retrieval-colbert.json: a random layer for late interaction and the scores of
  RAG-Retrieval's own class. Each pair is scored by itself and as long as it is: in padding, a place has the similarity 0
  to every token.

Both cut the longer of two texts first, so only pairs are recorded whose query is short: there that is the passage.
"""

import argparse
import importlib.util
import json
import pathlib
import shutil
import tempfile

import sentence_transformers
import tokenizers
import torch
import transformers
from rag_retrieval import Reranker

import tiny_models
from flag_reranker import KINDS, SPECIALS

TINY = tiny_models.DATA / "tiny"
LONG = TINY / "xlm-roberta-long"
LONGEST = 256
DIMENSIONS = 24
SENTENCE = "a coarse net that lets small things through"
DOCUMENTS = [
    "the moon is far away",
    " ".join([SENTENCE] * 12),
    "它让最好的段落排在最前面。" * 20 + SENTENCE + " 🙂🐼 smile" * 30,
    "x " * 700 + SENTENCE,
    "b",
]
QUERIES = ["what is a sieve?", "重排序为什么有用？", "a"]


def write(path, content) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def with_tokenizer(name, source, work) -> str:
    """The model in the form that AutoTokenizer loads."""
    shutil.copytree(source, work, dirs_exist_ok=True)
    words = KINDS[name](tokenizer_file=str(source / "tokenizer.json"), **SPECIALS[name])
    words.save_pretrained(work)
    return work


def make_long() -> None:
    LONG.mkdir(exist_ok=True)
    shutil.copy(TINY / "xlm-roberta" / "tokenizer.json", LONG)
    words = tokenizers.Tokenizer.from_file(str(LONG / "tokenizer.json"))
    config = transformers.XLMRobertaConfig(
        vocab_size=words.get_vocab_size(), max_position_embeddings=LONGEST + 2, type_vocab_size=1, pad_token_id=1,
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, **tiny_models.SIZES,
    )
    torch.manual_seed(23)
    model = transformers.AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0.0, 0.3) if parameter.dim() > 1 else parameter.add_(torch.randn_like(parameter) * 0.2)
    model.save_pretrained(LONG)


def rag_retrieval() -> None:
    with tempfile.TemporaryDirectory() as work:
        folder = with_tokenizer("xlm-roberta", LONG, work)
        reranker = Reranker(folder, model_type="cross-encoder", dtype="fp32", device="cpu", verbose=0)
        pairs = []
        for query, passage in [*short_queries(), (QUERIES[0], DOCUMENTS[3])]:
            raw = reranker.compute_score([[query, passage]], max_length=LONGEST, enable_tqdm=False)
            pairs.append({"query": query, "passage": passage, "raw": round(raw, 6)})
        ranked = []
        for query in QUERIES:
            results = reranker.rerank(query, DOCUMENTS, max_length=LONGEST, long_doc_process_strategy="max_score_slice")
            scores = {result.doc_id: round(result.score, 6) for result in results.results}
            ranked.append({"query": query, "scores": [scores[place] for place in range(len(DOCUMENTS))]})
    content = {"max_tokens": LONGEST, "pairs": pairs, "documents": DOCUMENTS, "ranked": ranked}
    write(LONG / "rag-retrieval.json", content)


def short_queries():
    return [pair for pair in tiny_models.PAIRS if len(pair[0]) < tiny_models.LONGEST // 2]


def cross_encoder() -> None:
    with tempfile.TemporaryDirectory() as work:
        folder = with_tokenizer("bert", TINY / "bert", work)
        model = sentence_transformers.CrossEncoder(folder, max_length=tiny_models.LONGEST, device="cpu")
        pairs = []
        for pair in short_queries():
            [raw] = model.predict([pair], activation_fn=torch.nn.Identity())
            [normalized] = model.predict([pair])
            pairs.append({
                "query": pair[0], "passage": pair[1], "raw": round(float(raw), 6),
                "normalized": round(float(normalized), 6),
            })
    write(TINY / "bert" / "sentence-transformers.json", {"max_tokens": tiny_models.LONGEST, "pairs": pairs})


def late_interaction(checkout) -> None:
    spec = importlib.util.spec_from_file_location("colbert", checkout / "rag_retrieval/train/colbert/model.py")
    colbert = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(colbert)
    folder = TINY / "bert"
    torch.manual_seed(6)
    linear = torch.nn.Linear(json.loads((folder / "config.json").read_text())["hidden_size"], DIMENSIONS)
    with torch.no_grad():
        linear.weight.normal_(0.0, 0.3)
    torch.save(linear.state_dict(), folder / "colbert_linear.pt")
    pairs = []
    with tempfile.TemporaryDirectory() as work:
        model = colbert.ColBERT.from_pretrained(with_tokenizer("bert", folder, work), DIMENSIONS).eval()

        def length(text):
            return min(len(model.tokenizer(text)["input_ids"]), tiny_models.LONGEST)

        for query, passage in tiny_models.PAIRS:
            lengths = {"query_max_len": length(query), "passage_max_len": length(passage)}
            [score] = model.compute_score([[query, passage]], **lengths)
            pairs.append({"query": query, "passage": passage, "score": round(score, 6)})
    write(folder / "rag-retrieval-colbert.json", {"max_tokens": tiny_models.LONGEST, "pairs": pairs})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=pathlib.Path, help="RAG-Retrieval's repository")
    arguments = parser.parse_args()
    make_long()
    rag_retrieval()
    cross_encoder()
    late_interaction(arguments.checkout)


if __name__ == "__main__":
    main()
