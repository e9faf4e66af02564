"""A server that has too much to do is told by the clients' own exceptions."""

import sys

import cohere
import openai

from shared import EMBEDDER, MODEL, QUERY, TEXTS


def main(base: str, key: str) -> None:
    client = openai.OpenAI(base_url=f"{base}/v1", api_key=key, max_retries=0)
    try:
        client.embeddings.create(model=EMBEDDER, input=TEXTS)
    except openai.RateLimitError as error:
        assert int(error.response.headers["retry-after"]) > 0, error.response.headers
    else:
        raise AssertionError("a full server must be an error")
    client = cohere.ClientV2(key, base_url=base)
    try:
        client.rerank(model=MODEL, query=QUERY, documents=TEXTS, request_options={"max_retries": 0})
    except cohere.TooManyRequestsError:
        pass
    else:
        raise AssertionError("a full server must be an error")
    print("all checks passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
