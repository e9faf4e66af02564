#!/usr/bin/env bash
# Installs what is missing and runs every check.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/setup-system.sh --test
scripts/setup-runtime.sh "$(dirname "$RIDDLE_ONNXRUNTIME")"
scripts/setup-tests.sh
scripts/lint.sh

say "Fetching the embedding model"
cargo build --release --locked --workspace --all-targets
"$TARGET_DIR/release/riddle" models pull "$EMBEDDER"

say "Running the tests"
cargo nextest run --release --locked --workspace
