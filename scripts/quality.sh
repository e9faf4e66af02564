#!/usr/bin/env bash
# Retrieval quality on the evaluation sets of the shared data folder, through the real server.
# RIDDLE_SETS=scifact,xquad_zh limits it to some.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/prepare.sh
cargo bench --locked -p riddle --bench quality
