"""Uses the openai package for embeddings as its users do."""

import sys

import openai

from shared import EMBEDDER, MODEL, TEXTS, post


def main(base: str, key: str) -> None:
    client = openai.OpenAI(base_url=f"{base}/v1", api_key=key, max_retries=0)
    plain = post(base, key, "/embed", {"inputs": TEXTS})
    # The client asks for base64 unless told otherwise.
    for more in ({}, {"encoding_format": "float"}, {"dimensions": 384}):
        answer = client.embeddings.create(model=EMBEDDER, input=TEXTS, **more)
        for item, vector in zip(answer.data, plain, strict=True):
            assert all(abs(a - b) < 1e-6 for a, b in zip(item.embedding, vector, strict=True)), more
        assert answer.usage.total_tokens > 20 and answer.model == EMBEDDER, answer.usage
    one = client.embeddings.create(model="default", input=TEXTS[0])
    assert len(one.data) == 1 and len(one.data[0].embedding) == 384
    for wrong in ({"input": [1, 2]}, {"input": TEXTS, "dimensions": 7}):
        try:
            client.embeddings.create(model=EMBEDDER, **wrong)
        except openai.BadRequestError:
            pass
        else:
            raise AssertionError(f"{wrong} must be an error")
    try:
        client.embeddings.create(model="text-embedding-3-small", input=TEXTS)
    except openai.NotFoundError:
        pass
    else:
        raise AssertionError("an unknown model must be an error")
    try:
        openai.OpenAI(base_url=f"{base}/v1", api_key="wrong", max_retries=0).models.list()
    except openai.AuthenticationError:
        pass
    else:
        raise AssertionError("a wrong key must be an error")
    models = [model.id for model in client.models.list()]
    assert MODEL in models and EMBEDDER in models, models
    assert client.models.retrieve(EMBEDDER).id == EMBEDDER
    print("all checks passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
