#!/usr/bin/env bash
# Speed of the reranker on a GPU of NVIDIA beside FlagEmbedding in 16 bits, in one run: 20 pairs of 512 tokens and of mixed
# lengths, in the shapes of bge-reranker-base and bge-reranker-v2-m3 with random weights. Arguments: --json for machines; a
# model (base, v2-m3) for that one alone. RIDDLE_ROUNDS (default 20) says how often. What is missing is installed into
# the cache: about 8 GB, most of it CUDA's libraries, ours and those of PyTorch.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

rounds=${RIDDLE_ROUNDS:-20}
json=() models=()
for argument; do
    case "$argument" in
        --json) json=(--json) ;;
        base | v2-m3) models+=("$argument") ;;
        *) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;;
    esac
done
[ ${#models[@]} -gt 0 ] || models=(base v2-m3)

if ! gpus=$(nvidia-smi -L 2>&1) || [ -z "$gpus" ]; then
    echo "bench-gpu: no GPU of NVIDIA can be used here: nvidia-smi says: ${gpus:-nothing}" >&2
    echo "bench-gpu: run this on a machine with one, and with its driver" >&2
    exit 1
fi

# Everything but the tables goes to standard error.
exec 3>&1 1>&2
echo "$gpus"
cache=$RIDDLE_CACHE/bench-gpu
venv=$cache/venv
python=$venv/bin/python
here=scripts/bench_rerank
library=$RIDDLE_CACHE/onnxruntime-cuda/libonnxruntime.so
mkdir -p "$cache"
scripts/setup-runtime.sh "$(dirname "$RIDDLE_ONNXRUNTIME")"
scripts/setup-runtime.sh --cuda "$(dirname "$library")"

if ! cmp -s "$here/requirements-gpu.txt" "$venv/installed.txt"; then
    say "Installing FlagEmbedding and PyTorch"
    [ -x "$python" ] || python3 -m venv "$venv"
    "$python" -m pip install --quiet --disable-pip-version-check --requirement "$here/requirements-gpu.txt"
    cp "$here/requirements-gpu.txt" "$venv/installed.txt"
fi

say "Building"
cargo build --release --locked -p riddle -p riddle-models --bin riddle --example rerank_bench

# Nothing is looked up: all models are folders here.
export HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=true
"$TARGET_DIR/release/riddle" models pull "$EMBEDDER"

for model in "${models[@]}"; do
    folder=$cache/$model
    sources=$(cat "$here/prepare.py" "$here/requirements-gpu.txt" | sha256sum)
    if [ "$(cat "$folder/made-of" 2>/dev/null)" != "$sources" ]; then
        say "Preparing $model"
        rm -rf "$folder"
        mkdir -p "$folder"
        "$python" "$here/prepare.py" "$folder" "$model" "$RIDDLE_MODELS_DIR/$EMBEDDER" \
            README.md docs/ARCHITECTURE.md docs/adr/000*.md --gpu
        echo "$sources" >"$folder/made-of"
    fi
    say "Measuring $model"
    ours() { # ours PRECISION; our worker's command
        printf '%q ' "$TARGET_DIR/release/examples/rerank_bench" "$library" "$folder/model" "$folder/converted" "$1" \
            "$folder/workload.json" "$(nproc)" --device cuda
    }
    peer() { # peer NAME; FlagEmbedding's command
        printf '%q ' "$python" "$here/peer.py" "$1" "$folder" "$(nproc)"
    }
    goal=10
    [ "$model" = base ] || goal=25
    "$python" "$here/gpu.py" "$folder" --goal "$goal" --rounds "$rounds" "${json[@]}" \
        --worker "riddle fp16" "$(ours fp16)" \
        --worker "riddle fp16, attention of cuDNN" "env ORT_ENABLE_CUDNN_FLASH_ATTENTION=1 $(ours fp16)" \
        --worker "riddle fp32" "$(ours fp32)" \
        --worker "FlagEmbedding fp16" "$(peer "FlagEmbedding fp16 on the GPU")" \
        --worker "FlagEmbedding fp32" "$(peer "FlagEmbedding fp32 on the GPU")" >&3
done
