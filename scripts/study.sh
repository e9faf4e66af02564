#!/usr/bin/env bash
# What reranking is worth on the evaluation sets of the shared data folder, by the instrument that users have: quality of
# words, vectors, both and every reranker that is here, then time to the first token with fewer passages. Markdown on stdout.
#   scripts/study.sh [SET…]        all sets if none is named
#   LIMIT=150                      questions of each set, drawn at random
#   ANSWERS=8                      questions of the study of latency; 0 leaves it out
#   RIDDLE=target/release/riddle   the program
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

data="${RIDDLE_SHARED_DATA:-../shared/data}/retrieval"
[ -d "$data" ] || { say "no evaluation sets in $data; set RIDDLE_SHARED_DATA" >&2; exit 1; }
riddle="${RIDDLE:-$TARGET_DIR/release/riddle}"
[ -x "$riddle" ] || { scripts/prepare.sh >&2; cargo build --release --locked -p riddle >&2; }
limit="${LIMIT:-150}"
answers="${ANSWERS:-8}"
sets=("$@")
[ ${#sets[@]} -gt 0 ] || sets=(scifact codebase_chunks xquad_en xquad_zh cmrc2018_dev)

folder=$(mktemp -d)
export RIDDLE_DATA_DIR="$folder/data" RIDDLE_OFFLINE=true
# Room for 20 passages, so that the study of latency compares what it says.
printf '[limits]\nprompt_budget_tokens = 6000\n' >"$folder/riddle.toml"
"$riddle" serve --config "$folder/riddle.toml" --listen 127.0.0.1:0 2>"$folder/log" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; rm -rf "$folder"' EXIT
until [ -f "$RIDDLE_DATA_DIR/server.json" ]; do
    kill -0 $server || { cat "$folder/log" >&2; exit 1; }
    sleep 0.2
done

arm() { # NAME MODE TOP_K TOP_N FUSION RERANK
    printf '{"name": "%s", "mode": "%s", "top_k": %s, "top_n": %s, "fusion": %s, "rerank": %s}' "$@"
}
even='{"method": "weighted", "dense_weight": 0.5}'

# Rerankers whose files are here.
rerankers=$("$riddle" models list --json | python3 -c '
import json, sys
for model in json.load(sys.stdin):
    if model["role"] == "reranker" and model["here"]:
        print(model["name"])')

for set in "${sets[@]}"; do
    echo "## $set"
    echo
    "$riddle" eval import "$set" "$data/$set" >&2
    arms=(
        --arm "$(arm 'words' bm25 20 3 "$even" null)"
        --arm "$(arm 'vectors' dense 20 3 "$even" null)"
        --arm "$(arm 'both, ranks' hybrid 20 3 '{"method": "reciprocal_rank"}' null)"
        --arm "$(arm 'both, even' hybrid 20 3 "$even" null)"
        --arm "$(arm 'reranker alone' hybrid 20 3 "$even" '{"weight": 1.0}')"
    )
    while read -r reranker; do
        [ -z "$reranker" ] || arms+=(--arm "$(arm "$reranker" hybrid 20 3 "$even" "{\"reranker\": \"$reranker\"}")")
    done <<<"$rerankers"
    "$riddle" eval run "$set" --name "study of $set" --limit "$limit" "${arms[@]}" >&2
    "$riddle" eval show latest --markdown
    echo
done

[ "$answers" -gt 0 ] || exit 0
set="${sets[0]}"
echo "## Time to the first token"
echo
"$riddle" eval run "$set" --name "latency" --limit "$answers" --answers \
    --arm "$(arm '10, no rerank' hybrid 10 10 "$even" null)" \
    --arm "$(arm '10 to 3' hybrid 10 3 "$even" '{}')" \
    --arm "$(arm '20, no rerank' hybrid 20 20 "$even" null)" \
    --arm "$(arm '20 to 3' hybrid 20 3 "$even" '{}')" >&2
"$riddle" eval show latest --markdown
