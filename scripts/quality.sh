#!/usr/bin/env bash
# Retrieval quality on the evaluation sets of the shared data folder, through the real server.
# RIDDLE_SETS=scifact,xquad_zh limits it to some. RIDDLE_ARMS compares other ways to search, such as
# '[{"label": "rerank 0.4", "mode": "hybrid", "rerank": true, "reranker": "NAME", "rerank_weight": 0.4}]'.
# RIDDLE_EMBEDDERS=all-minilm-l6-v2,NAME sets embedders side by side, which lie in the folder of models.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/prepare.sh
cargo bench --locked -p riddle --bench quality
