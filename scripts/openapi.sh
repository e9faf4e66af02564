#!/usr/bin/env bash
# Writes docs/openapi.json and the web app's types anew.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

# Together with the binary, so that dependencies are compiled with the features that they have elsewhere.
cargo build --release --locked -p riddle -p riddle-http --bin riddle --example openapi
new=$(mktemp)
trap 'rm -f "$new"' EXIT
"$TARGET_DIR/release/examples/openapi" >"$new"
cp "$new" docs/openapi.json
scripts/setup-web.sh
PATH="$(scripts/setup-node.sh):$PATH" npm run --silent --prefix web schema
