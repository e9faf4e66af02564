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
    try:
        client.feature_extraction(TEXTS[0], normalize=False)
    except HfHubHTTPError as error:
        assert error.response.status_code == 422, error
    else:
        raise AssertionError("vectors that are not normalised must be an error")
    try:
        InferenceClient(model=f"{base}/embed", token="wrong").feature_extraction(TEXTS)
    except HfHubHTTPError as error:
        assert error.response.status_code == 401, error
    else:
        raise AssertionError("a wrong key must be an error")
    print("all checks passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
