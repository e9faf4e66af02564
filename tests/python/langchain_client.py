"""Uses LangChain's rerank integration as its users do."""

import sys

import cohere
from langchain_cohere import CohereRerank
from langchain_core.documents import Document

from shared import MODEL, QUERY, TEXTS, expected, post, same


def main(base: str, key: str) -> None:
    wanted = expected(base, key)
    reranker = CohereRerank(model=MODEL, cohere_api_key=key, base_url=base, top_n=2)
    documents = [Document(text) for text in TEXTS]
    found = reranker.compress_documents(documents, QUERY)
    got = [(TEXTS.index(document.page_content), document.metadata["relevance_score"]) for document in found]
    same(got, wanted[:2])
    try:
        CohereRerank(model=MODEL, cohere_api_key="wrong", base_url=base).compress_documents(documents, QUERY)
    except cohere.UnauthorizedError:
        pass
    else:
        raise AssertionError("a wrong key must be an error")

    # What LangChain's SagemakerEndpointCrossEncoder sends and reads.
    pairs = [[QUERY, text] for text in TEXTS]
    raw = post(base, key, "/invocations", {"text_pairs": pairs})["scores"]
    direct = post(base, key, "/rerank", {"query": QUERY, "texts": TEXTS, "raw_scores": True})
    same(sorted(enumerate(raw), key=lambda item: -item[1]), [(rank["index"], rank["score"]) for rank in direct])
    print("all checks passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
