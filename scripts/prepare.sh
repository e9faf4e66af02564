#!/usr/bin/env bash
# Installs and builds what tests and measurements share: system packages, the runtime library, the binary, the
# embedding model.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/setup-system.sh --test
scripts/setup-runtime.sh "$(dirname "$RIDDLE_ONNXRUNTIME")"
scripts/setup-tests.sh
scripts/build-web.sh
cargo build --release --locked --workspace --all-targets
"$TARGET_DIR/release/riddle" models pull "$EMBEDDER"
