#!/usr/bin/env bash
# From nothing to a cited answer: installs what is missing, builds, ingests, asks, and leaves the server running.
# Usage: scripts/demo.sh [FOLDER WITH YOUR DOCUMENTS]
set -euo pipefail
docs=${1:+$(realpath "$1")}
cd "$(dirname "$0")/.."
. scripts/environment.sh

say "1/5 Installing what is missing"
scripts/setup-system.sh
scripts/setup-runtime.sh "$(dirname "$RIDDLE_ONNXRUNTIME")"

say "2/5 Building (the first time takes a while)"
scripts/build-web.sh
cargo build --release --locked -p riddle
riddle="$TARGET_DIR/release/riddle"

say "3/5 Fetching the embedding model"
"$riddle" models pull "$EMBEDDER"

say "4/5 Starting the server and adding documents"
export RIDDLE_DATA_DIR="$PWD/.riddle/demo"
mkdir -p "$RIDDLE_DATA_DIR"
if ! curl -fs "$(scripts/demo-address.sh 2>/dev/null)/api/v1/health" >/dev/null 2>&1; then
    RIDDLE_OFFLINE=true nohup "$riddle" serve --listen "${LISTEN:-127.0.0.1:7878}" \
        >"$RIDDLE_DATA_DIR/server.log" 2>&1 </dev/null &
    for _ in $(seq 150); do
        curl -fs "$(scripts/demo-address.sh 2>/dev/null)/api/v1/health" >/dev/null 2>&1 && break
        sleep 0.2
    done
fi
address=$(scripts/demo-address.sh) || {
    echo "the server did not start; its log says:" >&2
    tail -n 20 "$RIDDLE_DATA_DIR/server.log" >&2
    exit 1
}

if [ -n "$docs" ]; then
    kb=$(basename "$docs")
    question=${QUESTION:-"What is this about?"}
else
    kb=handbook
    docs="$PWD/handbook"
    question=${QUESTION:-"Why did my PDF fail with no_text?"}
fi
# Files that cannot be read are listed and do not end the demo.
"$riddle" ingest "$kb" "$docs" || [ $? -eq 5 ]

say "5/5 Asking: $question"
for rerank in false true; do
    echo
    say "rerank: $rerank"
    python3 scripts/demo-ask.py "$address" "$kb" "$question" "$rerank"
done

echo
say "Riddle is running at $address"
echo "Stop it with: make demo-stop"
