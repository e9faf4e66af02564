#!/usr/bin/env bash
# Speed and memory, as ratios measured side by side in one run.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/prepare.sh
# A random Qwen3 that is large enough to be telling; its words mean nothing, its work is the real one.
model="$RIDDLE_CACHE/bench-qwen3.gguf"
if [ ! -f "$model" ]; then
    "$RIDDLE_CACHE/test-venv/bin/python" -m pip install --quiet gguf==0.19.0
    "$RIDDLE_CACHE/test-venv/bin/python" scripts/reference/tiny_qwen3_gguf.py --size bench "$model"
fi
# RIDDLE_BENCH_CHAT_MODEL=FILE.gguf measures a trained model beside other work instead.
export RIDDLE_BENCH_CHAT_MODEL="${RIDDLE_BENCH_CHAT_MODEL:-$model}"
cargo bench --locked -p riddle --bench speed

# Built together with the binary, so that both have the same features and nothing is compiled twice.
cargo build --release --locked -p riddle -p riddle-llm --example llama_overhead --example llama_sharing
for threads in 1 2; do
    "$TARGET_DIR/release/examples/llama_overhead" "$model" "$threads"
done
"$TARGET_DIR/release/examples/llama_sharing" "$RIDDLE_BENCH_CHAT_MODEL"
