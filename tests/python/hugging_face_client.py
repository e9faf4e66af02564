"""Uses huggingface_hub's inference client as its users do."""

import sys

from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

from shared import TEXTS, post


def main(base: str, key: str) -> None:
    client = InferenceClient(model=f"{base}/embed", token=key)
    vectors = client.feature_extraction(TEXTS)
    plain = post(base, key, "/embed", {"inputs": TEXTS})
    assert vectors.shape == (len(TEXTS), 384), vectors.shape
    assert abs(vectors - plain).max() < 1e-6
    for direction in ("left", "right"):
        same = client.feature_extraction(TEXTS, truncate=True, truncation_direction=direction, encoding_format="float")
        assert abs(same - plain).max() < 1e-6
    refused = [
        ({"normalize": False}, 422),
        ({"encoding_format": "base64"}, 422),
        ({"truncation_direction": "left"}, 413),
        ({"truncate": False}, 413),
    ]
    for options, status in refused:
        text = TEXTS[0] if status == 422 else "word " * 800
        try:
            client.feature_extraction(text, **options)
        except HfHubHTTPError as error:
            assert error.response.status_code == status, error
        else:
            raise AssertionError(f"{options} must be an error")
    check_tokens(base, key)
    try:
        InferenceClient(model=f"{base}/embed", token="wrong").feature_extraction(TEXTS)
    except HfHubHTTPError as error:
        assert error.response.status_code == 401, error
    else:
        raise AssertionError("a wrong key must be an error")
    print("all checks passed")


def check_tokens(base: str, key: str) -> None:
    """Tokens as text-embeddings-inference gives them, with places in bytes."""
    text = "Sieves, naïve ones."
    [tokens] = post(base, key, "/tokenize", {"inputs": text})
    first, *inner, last = tokens
    special = {"special": True, "start": None, "stop": None}
    assert first == {"id": 101, "text": "[CLS]", **special}, first
    assert last == {"id": 102, "text": "[SEP]", **special}, last
    assert all(text.encode()[token["start"] : token["stop"]].decode() == token["text"] for token in inner), inner
    assert "naïve" in [token["text"] for token in inner], inner
    plain = post(base, key, "/tokenize", {"inputs": [text, ""], "add_special_tokens": False})
    assert plain == [inner, []], plain


if __name__ == "__main__":
    main(*sys.argv[1:])
