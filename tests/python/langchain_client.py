"""Uses LangChain's rerank integration as its users do."""

import sys

import cohere
from langchain_cohere import CohereRerank
from langchain_core.documents import Document

from shared import MODEL, QUERY, TEXTS, expected, same


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
    print("all checks passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
