#!/usr/bin/env bash
# Installs what is missing and runs every check.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/prepare.sh
scripts/lint.sh
say "Running the tests"
# A test of other tools' clients that finds none of them has tested nothing.
RIDDLE_TEST_CLIENTS_REQUIRED=1 cargo nextest run --release --locked --workspace
PATH="$(scripts/setup-node.sh):$PATH"
say "Testing the web app"
npm run --silent --prefix web test
say "Testing the web app in a browser, over the real server"
RIDDLE_BINARY=$(realpath "$TARGET_DIR/release/riddle") npm test --silent --prefix tests/browser
