#!/usr/bin/env bash
# Installs what is missing and runs every check.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

# The lints come with the build of what the tests run. To lint by itself, cargo would first check every dependency, which
# is a quarter of the time from nothing (ADR 13).
export RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-Dwarnings__CLIPPY_HACKERY__
scripts/setup-system.sh --test
# Of seconds, so before what takes long.
scripts/lint.sh --linted
scripts/prepare.sh
nextest="$(scripts/setup-rust-tool.sh cargo-nextest)"
say "Running the tests"
# A test that lacks what the scripts have set up fails; one that lacks anything else is skipped and listed at the end.
export RIDDLE_TEST_REQUIRE="${RIDDLE_TEST_REQUIRE:-onnxruntime,models,clients,web-app,postgres}"
RIDDLE_TEST_SKIPPED=$(mktemp)
export RIDDLE_TEST_SKIPPED
list_skipped() {
    if [ -s "$RIDDLE_TEST_SKIPPED" ]; then
        say "Tests that were skipped, wholly or in part, and what they lacked"
        sort -u "$RIDDLE_TEST_SKIPPED" | while IFS=$'\t' read -r resource test missing; do
            echo "$resource: $test: $missing"
        done
    fi
    rm -f "$RIDDLE_TEST_SKIPPED"
}
trap list_skipped EXIT
# Property tests try the same cases in every run, so that a change fails for what it changes. `make fuzz` tries others.
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-1}"
scripts/with-postgres.sh "$nextest" nextest run --release --locked --workspace
say "Trying the API by its description"
scripts/test-api.sh
if [ -d "$RIDDLE_MODELS_DIR/$LANGUAGE_MODEL" ]; then
    say "Letting a real model read documents that give orders"
    # A sample of what `make soak` asks it.
    python3 scripts/injections.py "$TARGET_DIR/release/riddle" "$LANGUAGE_MODEL" 6
else
    printf 'models\tinjections.py\tno model %s; `riddle models pull` fetches it\n' "$LANGUAGE_MODEL" >>"$RIDDLE_TEST_SKIPPED"
fi
PATH="$(scripts/setup-node.sh):$PATH"
say "Testing the web app"
npm run --silent --prefix web test
say "Testing the web app in a browser, over the real server"
RIDDLE_BINARY=$(realpath "$TARGET_DIR/release/riddle") npm test --silent --prefix tests/browser
