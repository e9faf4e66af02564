"""Uses the cohere package as its users do."""

import sys

import cohere

from shared import MODEL, QUERY, TEXTS, expected, same


def main(base: str, key: str) -> None:
    wanted = expected(base, key)
    for client in (cohere.ClientV2(key, base_url=base), cohere.Client(key, base_url=base)):
        answer = client.rerank(model=MODEL, query=QUERY, documents=TEXTS, top_n=2)
        same([(result.index, result.relevance_score) for result in answer.results], wanted[:2])
        try:
            client.rerank(model="rerank-v3.5", query=QUERY, documents=TEXTS)
        except cohere.NotFoundError as error:
            assert "rerank-v3.5" in error.body["message"], error.body
        else:
            raise AssertionError("an unknown model must be an error")
        try:
            client.rerank(model=MODEL, query=QUERY, documents=[])
        except cohere.BadRequestError:
            pass
        else:
            raise AssertionError("no documents must be an error")
    try:
        cohere.ClientV2("wrong", base_url=base).rerank(model=MODEL, query=QUERY, documents=TEXTS)
    except cohere.UnauthorizedError:
        pass
    else:
        raise AssertionError("a wrong key must be an error")
    objects = [{"title": "x", "text": text} for text in TEXTS]
    answer = cohere.Client(key, base_url=base).rerank(
        model=MODEL, query=QUERY, documents=objects, return_documents=True
    )
    same([(result.index, result.relevance_score) for result in answer.results], wanted)
    assert answer.results[0].document.text == TEXTS[1], answer
    print("all checks passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
