#!/usr/bin/env bash
# Installs and builds what tests and measurements share: system packages, the runtime library, the binary, the
# embedding model, the model that reads scans.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/setup-system.sh --test
scripts/setup-runtime.sh "$(dirname "$RIDDLE_ONNXRUNTIME")"
scripts/setup-tests.sh
scripts/build-web.sh
cargo build --release --locked --workspace --all-targets
for model in "$EMBEDDER" "$OCR_MODEL"; do "$TARGET_DIR/release/riddle" models pull "$model"; done
