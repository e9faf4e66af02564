#!/usr/bin/env bash
# Installs what is missing and runs every check.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/prepare.sh
scripts/lint.sh
say "Running the tests"
cargo nextest run --release --locked --workspace
PATH="$(scripts/setup-node.sh):$PATH"
say "Testing the web app"
npm run --silent --prefix web test
say "Testing the web app in a browser, over the real server"
RIDDLE_BINARY=$(realpath "$TARGET_DIR/release/riddle") npm test --silent --prefix tests/browser
