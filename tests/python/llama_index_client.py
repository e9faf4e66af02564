"""Uses LlamaIndex's integrations for text-embeddings-inference as their users do."""

import sys

from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.embeddings.text_embeddings_inference import TextEmbeddingsInference
from llama_index.postprocessor.tei_rerank import TextEmbeddingInference

from shared import QUERY, TEXTS, expected, post, same


def main(base: str, key: str) -> None:
    wanted = expected(base, key)
    # This class sends the token as it is, the one for embeddings puts `Bearer` before it.
    reranker = TextEmbeddingInference(base_url=base, top_n=2, auth_token=f"Bearer {key}")
    nodes = [NodeWithScore(node=TextNode(text=text), score=0.0) for text in TEXTS]
    found = reranker.postprocess_nodes(nodes, query_str=QUERY)
    same([(TEXTS.index(node.text), node.score) for node in found], wanted[:2])

    embedder = TextEmbeddingsInference(model_name="all-minilm-l6-v2", base_url=base, auth_token=key)
    plain = post(base, key, "/embed", {"inputs": TEXTS})
    for vector, other in zip(embedder.get_text_embedding_batch(TEXTS), plain, strict=True):
        assert all(abs(a - b) < 1e-6 for a, b in zip(vector, other, strict=True))
    print("all checks passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
