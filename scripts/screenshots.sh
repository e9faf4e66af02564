#!/usr/bin/env bash
# Pictures of every screen of the web app on the handbook, into .riddle/screenshots.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/setup-system.sh --test
scripts/setup-runtime.sh "$(dirname "$RIDDLE_ONNXRUNTIME")"
scripts/setup-browser.sh
PATH="$(scripts/setup-node.sh):$PATH"
scripts/build-web.sh
cargo build --release --locked -p riddle
"$TARGET_DIR/release/riddle" models pull "$EMBEDDER"
RIDDLE_BINARY=$(realpath "$TARGET_DIR/release/riddle") RIDDLE_PICTURE_DOCS="$PWD/handbook/en" \
    node tests/browser/screenshots.js "$PWD/.riddle/screenshots"
echo "The pictures are in .riddle/screenshots"
