#!/usr/bin/env bash
# Kills the server RIDDLE_KILLS times during ingestion and checks after every tenth that nothing is lost or doubled.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/setup-system.sh --test
scripts/setup-runtime.sh "$(dirname "$RIDDLE_ONNXRUNTIME")"
scripts/setup-tests.sh
cargo nextest run --release --locked -p riddle --no-capture -E 'test(nothing_is_lost_or_doubled_by_kills)'
