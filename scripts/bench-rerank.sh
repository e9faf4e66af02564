#!/usr/bin/env bash
# Speed of the reranker beside its peers, in one run. Arguments: --json for machines; a model (minilm, base) for that
# one alone. RIDDLE_ROUNDS (default 5) and RIDDLE_THREADS (default 2) say how much. The peers are installed into the
# cache, several gigabytes of it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

rounds=${RIDDLE_ROUNDS:-5} threads=${RIDDLE_THREADS:-2}
json=() models=()
for argument; do
    case "$argument" in
        --json) json=(--json) ;;
        minilm | base) models+=("$argument") ;;
        *) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;;
    esac
done
[ ${#models[@]} -gt 0 ] || models=(minilm base)

# Everything but the tables goes to standard error.
exec 3>&1 1>&2
cache=$RIDDLE_CACHE/bench-rerank
venv=${RIDDLE_BENCH_VENV:-$cache/venv}
python=$venv/bin/python
here=scripts/bench_rerank
mkdir -p "$cache"
scripts/setup-runtime.sh "$(dirname "$RIDDLE_ONNXRUNTIME")"

if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
    say "Installing the peers"
    [ -x "$python" ] || python3 -m venv "$venv"
    "$python" -m pip install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/installed.txt"
fi

say "Building"
cargo build --release --locked -p riddle -p riddle-models --bin riddle --example rerank_bench --example rerank_soak
missing=()
# Its dependencies are not those of the workspace, so it has a folder of its own.
peer_target=$(mkdir -p "$TARGET_DIR" && cd "$TARGET_DIR" && pwd)/fastembed-peer
if ! CARGO_TARGET_DIR="$peer_target" cargo build --release --locked --manifest-path "$here/fastembed/Cargo.toml"; then
    missing+=(--missing "fastembed fp32=does not build" --missing "fastembed int8=does not build")
fi
missing+=(--missing "text-embeddings-inference=not available from package registries")

# Nothing is looked up: all models are folders here.
export HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=true OMP_NUM_THREADS=$threads ORT_DYLIB_PATH=$RIDDLE_ONNXRUNTIME
"$TARGET_DIR/release/riddle" models pull "$EMBEDDER"
shared=${RIDDLE_SHARED_DATA:-../shared/data}
trained=$shared/models/ce-starter-minilm-l6

prepare() { # prepare MODEL FOLDER
    local arguments=("$2" "$1" "$RIDDLE_MODELS_DIR/$EMBEDDER" README.md docs/ARCHITECTURE.md docs/adr/000*.md)
    if [ "$1" = minilm ] && [ -d "$trained" ]; then arguments+=(--trained "$trained"); fi
    local sources="$trained $(cat "$here"/prepare.py "$here"/export.py "$here"/requirements.txt | sha256sum)"
    if [ "$(cat "$2/made-of" 2>/dev/null)" != "$sources" ]; then
        rm -rf "$2"
        mkdir -p "$2"
        "$python" "$here/prepare.py" "${arguments[@]}"
        for form in onnx onnx-int8 openvino openvino-int8; do
            # A form that cannot be made shows in the table as a peer that does not load.
            "$python" "$here/export.py" "$form" "$2/model" "$2/workload.json" "$2/$form" >"$2/$form.log" 2>&1 ||
                echo "bench-rerank: no $form; see $2/$form.log"
        done
        echo "$sources" >"$2/made-of"
    fi
}

# Starts a server with the model and prints its address; it ends with this script.
servers=()
trap 'for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done' EXIT
serve() { # serve FOLDER; sets `address`
    local folder=$1/server architecture=bert
    [ "${1##*/}" = minilm ] || architecture=xlm-roberta
    rm -rf "$folder"
    mkdir -p "$folder"
    cat >"$folder/models.toml" <<END
[[model]]
name = "measured"
role = "reranker"
kind = "cross_encoder"
format = "safetensors"
architecture = "$architecture"
weights = "model.safetensors"
parameters = 1
memory_mb = 200
max_tokens = 512
languages = ["en"]
licence = "none"
scale = "logit"
default_weight = 1.0
files = [{ path = "config.json" }, { path = "tokenizer.json" }, { path = "model.safetensors" }]
sources = [{ kind = "folder", path = "$1/model" }]
END
    cat >"$folder/riddle.toml" <<END
[models]
catalogue = "$folder/models.toml"
dir = "$folder/models"
reranker = "measured"
threads = $threads

[limits]
rerank_deadline_ms = 600000
END
    local riddle=(env -u RIDDLE_MODELS_DIR "$TARGET_DIR/release/riddle" --data-dir "$folder" --offline)
    "${riddle[@]}" models pull measured
    "${riddle[@]}" serve --listen 127.0.0.1:0 >"$folder/log" 2>&1 &
    servers+=($!)
    address=
    for _ in $(seq 300); do
        sleep 0.1
        # The file names the process too, so that one of an earlier run is not taken for this one's.
        address=$("$python" -c 'import json, sys
owner = json.load(open(sys.argv[1]))
print(owner["address"] if owner["pid"] == int(sys.argv[2]) else "")' "$folder/server.json" "$!" 2>/dev/null) || true
        [ -z "$address" ] || break
    done
}

measure() { # measure FOLDER
    local workers=() name precision http=()
    serve "$1"
    if [ -n "$address" ]; then
        http=(--http "http://$address/rerank")
    else
        http=(--missing "riddle http=the server did not start; see $1/server/log")
    fi
    for precision in int8 bf16 fp32; do
        workers+=(--worker "riddle $precision" "$(printf '%q ' "$TARGET_DIR/release/examples/rerank_bench" \
            "$RIDDLE_ONNXRUNTIME" "$1/model" "$1/converted" "$precision" "$1/workload.json" "$threads")")
    done
    for name in "torch fp32" "torch bf16" "onnx fp32" "onnx int8" openvino "openvino fp32" "openvino int8" \
        FlagEmbedding rag-retrieval "FlashRank fp32" "FlashRank int8"; do
        workers+=(--worker "$name" "$(printf '%q ' "$python" "$here/peer.py" "$name" "$1" "$threads")")
    done
    for precision in fp32 int8; do
        local graph=$1/onnx/onnx/model.onnx
        [ "$precision" = fp32 ] || graph=$1/onnx-int8/onnx/model_qint8_avx512_vnni.onnx
        workers+=(--worker "fastembed $precision" "$(printf '%q ' "$peer_target/release/fastembed-peer" \
            "$graph" "$1/model" "$1/workload.json" "$threads")")
    done
    "$python" "$here/run.py" "$1" "${workers[@]}" "${http[@]}" "${missing[@]}" "${json[@]}" \
        --rounds "$rounds" --threads "$threads" >&3
}

for model in "${models[@]}"; do
    say "Preparing $model"
    prepare "$model" "$cache/$model"
    say "Measuring $model"
    measure "$cache/$model"
done
if [ ${#json[@]} -eq 0 ] && [ -d "$cache/minilm" ]; then
    say "Measuring memory and cost by length"
    "$TARGET_DIR/release/examples/rerank_soak" "$RIDDLE_ONNXRUNTIME" "$cache/minilm/model" "$cache/minilm/converted" \
        10000 "$threads" >&3
fi
