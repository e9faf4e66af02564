"""Uses LangChain's cross-encoder on SageMaker as its users do, with this server in SageMaker's place."""

import os
import sys

from langchain_classic.retrievers import ContextualCompressionRetriever
from langchain_classic.retrievers.document_compressors import CrossEncoderReranker
from langchain_community.cross_encoders import SagemakerEndpointCrossEncoder
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from shared import QUERY, TEXTS, post, same


class Everything(BaseRetriever):
    """Finds all texts, in their order."""

    def _get_relevant_documents(self, query, *, run_manager):
        return [Document(text) for text in TEXTS]


def main(base: str, key: str) -> None:
    # AWS's client reads its address here. It signs its requests, with whatever credentials there are.
    os.environ["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"] = base
    os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "none-needed"
    os.environ["AWS_MAX_ATTEMPTS"] = "1"
    model = SagemakerEndpointCrossEncoder(endpoint_name="reranker", region_name="us-east-1")

    direct = post(base, key, "/rerank", {"query": QUERY, "texts": TEXTS, "raw_scores": True})
    wanted = [(rank["index"], rank["score"]) for rank in direct]
    scores = model.score([(QUERY, text) for text in TEXTS])
    same(sorted(enumerate(scores), key=lambda item: -item[1]), wanted)

    retriever = ContextualCompressionRetriever(
        base_compressor=CrossEncoderReranker(model=model, top_n=2), base_retriever=Everything()
    )
    found = [TEXTS.index(document.page_content) for document in retriever.invoke(QUERY)]
    assert found == [index for index, _ in wanted[:2]], found

    try:
        model.score([(QUERY, text) for text in TEXTS * 400])
    except ValueError as error:
        assert "413" in str(error), error
    else:
        raise AssertionError("too many pairs must be an error")
    print("all checks passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
