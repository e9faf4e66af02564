#!/usr/bin/env bash
# Tries requests made from the description of the API on the real server: none may end in an error of the server's own,
# in a status that is not described or in another type of content, and none that is as described may be refused, but by
# the rules of tests/schemathesis_rules.py. What is tried is the same each time, as far as the time goes.
# Usage: scripts/test-api.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh
seconds=${1:-90}
# No test depends on speed: a language model may be slow.
readonly LONGEST_S=60
riddle="$TARGET_DIR/release/riddle"
folder=$(mktemp -d)
"$riddle" serve --offline --engine native --listen 127.0.0.1:0 --data-dir "$folder" >"$folder/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true; rm -rf "$folder"' EXIT
announced='import json, sys; print("http://" + json.load(open(sys.argv[1]))["address"])'
until address=$(python3 -c "$announced" "$folder/server.json" 2>/dev/null) &&
    curl -fs "$address/api/v1/health" >/dev/null 2>&1; do
    kill -0 $server 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.2
done
# What the examples of the description speak of.
"$riddle" ingest handbook handbook/en --data-dir "$folder" >/dev/null
report="$folder/report"
description=$PWD/docs/openapi.json
export SCHEMATHESIS_HOOKS=$PWD/tests/schemathesis_rules.py
# It leaves a folder of its own where it runs.
cd "$folder"
if ! "$RIDDLE_CACHE/api-test-venv/bin/schemathesis" run "$description" --url "$address" --no-color \
    --phases examples,coverage,fuzzing --workers 1 --seed 1 --max-time "$seconds" --continue-on-failure \
    --request-timeout "$LONGEST_S" \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,described_requests_are_taken \
    >"$report"; then
    cat "$report" >&2
    exit 1
fi
kill -0 $server || { cat "$folder/log" >&2; exit 1; }
sed -n '/^Test cases:/,/^$/p' "$report"
