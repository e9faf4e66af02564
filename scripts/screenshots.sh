#!/usr/bin/env bash
# Pictures of every screen of the web app on the handbook, into .riddle/screenshots.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/setup-system.sh --test
scripts/setup-runtime.sh "$(dirname "$RIDDLE_ONNXRUNTIME")"
scripts/setup-browser.sh
# The switch of languages names Chinese in Chinese.
if ! fc-list :lang=zh 2>/dev/null | grep -q .; then
    echo "Without a Chinese font (such as fonts-wqy-zenhei) the pictures show boxes in its place" >&2
fi
PATH="$(scripts/setup-node.sh):$PATH"
scripts/build-web.sh
cargo build --release --locked -p riddle
"$TARGET_DIR/release/riddle" models pull "$EMBEDDER"
RIDDLE_BINARY=$(realpath "$TARGET_DIR/release/riddle") RIDDLE_PICTURE_DOCS="$PWD/handbook/en" \
    node tests/browser/screenshots.js "$PWD/.riddle/screenshots"
echo "The pictures are in .riddle/screenshots"
