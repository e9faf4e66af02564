#!/usr/bin/env bash
# Runs the property tests with hostile input over and over, each time with other numbers, for RIDDLE_FUZZ_MINUTES
# (default 10). They are ordinary tests, of which `make test` runs some hundred cases.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/prepare.sh
# Cases of one run: so many that a run takes minutes, and a test stays well within the time that nextest allows it.
export PROPTEST_CASES="${PROPTEST_CASES:-2000}"
readonly TARGETS='test(/fuzz_/) + test(any_split_gives_the_same) + test(spans_are_within_the_text_and_ascend)
    + test(chunks_of_structured_text_are_sound)'
end=$((SECONDS + 60 * ${RIDDLE_FUZZ_MINUTES:-10}))
runs=0
while [ $SECONDS -lt $end ]; do
    cargo nextest run --release --locked --workspace --lib --tests -E "$TARGETS"
    runs=$((runs + 1))
done
say "$runs runs of $PROPTEST_CASES cases for each property found nothing"
