"""Writes the vectors that sentence-transformers gives for the texts of the encoder tests.

Run once, after the texts or the model have changed:

    python -m pip install torch sentence-transformers
    python scripts/reference/embeddings.py MODEL_FOLDER

MODEL_FOLDER holds all-MiniLM-L6-v2 with `modules.json`. The vectors go to crates/riddle-models/tests/data as rows of
little-endian 32-bit floats, in the order of texts.json.
"""

import json
import pathlib
import sys

import numpy
from sentence_transformers import SentenceTransformer

DATA = pathlib.Path(__file__).parents[2] / "crates" / "riddle-models" / "tests" / "data"


def main() -> None:
    model = SentenceTransformer(sys.argv[1], device="cpu")
    texts = json.loads((DATA / "texts.json").read_text(encoding="utf-8"))
    # One at a time: in a batch, padding changes the last bits.
    vectors = [model.encode(text, normalize_embeddings=True) for text in texts]
    numpy.asarray(vectors, dtype="<f4").tofile(DATA / "all-minilm-l6-v2.f32")
    print(f"{len(texts)} vectors of {len(vectors[0])} numbers, at most {model.max_seq_length} tokens")


if __name__ == "__main__":
    main()
