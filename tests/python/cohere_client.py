"""Uses the cohere package as its users do."""

import sys

import cohere

from shared import IS_TRAINED, MODEL, QUERY, TEXTS, expected, post, same


def main(base: str, key: str) -> None:
    wanted = expected(base, key)
    for client in (cohere.ClientV2(key, base_url=base), cohere.Client(key, base_url=base)):
        answer = client.rerank(model=MODEL, query=QUERY, documents=TEXTS, top_n=2)
        same([(result.index, result.relevance_score) for result in answer.results], wanted[:2])
        # What Riddle tells beside Cohere's fields disturbs nobody, and who wants it can read it.
        told = answer.model_dump()
        assert told["rerank"]["status"] == "applied" and told["rerank"]["model"] == MODEL, told
        assert told["rerank"]["truncated_pairs"] == 0 and told["rerank"]["scale"] == "logit", told
        assert all("score_raw" in result for result in told["results"]), told
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
    # The tiny one's words are of more than one token each.
    first = "The boat leaves at" if IS_TRAINED else "The"
    limited = cohere.ClientV2(key, base_url=base).rerank(
        model=MODEL, query=QUERY, documents=[TEXTS[1]], max_tokens_per_doc=4 if IS_TRAINED else 3
    )
    same(
        [(result.index, result.relevance_score) for result in limited.results],
        [(0, post(base, key, "/rerank", {"query": QUERY, "texts": [first]})[0]["score"])],
    )
    windows = cohere.Client(key, base_url=base).rerank(model=MODEL, query=QUERY, documents=["word " * 1200])
    assert windows.model_dump()["results"][0]["window"]["count"] > 1, windows
    objects = [{"title": "x", "text": text} for text in TEXTS]
    answer = cohere.Client(key, base_url=base).rerank(
        model=MODEL, query=QUERY, documents=objects, return_documents=True
    )
    same([(result.index, result.relevance_score) for result in answer.results], wanted)
    assert answer.results[0].document.text == TEXTS[1], answer
    print("all checks passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
