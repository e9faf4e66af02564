#!/usr/bin/env bash
# Runs all property tests, and the tests named fuzz_…, over and over, each time with other numbers, for
# RIDDLE_FUZZ_MINUTES (default 10). They are ordinary tests, of which `make test` runs some hundred cases. With `--list`
# it only names the properties.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

# Names of the tests in blocks of `proptest!`.
properties() {
    git ls-files -z -- 'crates/*.rs' 'tests/*.rs' | xargs -0 grep -lF 'proptest! {' | xargs awk '
        /^ *proptest! \{/ { inside = 1; indent = match($0, /[^ ]/) }
        inside && /^ *\}/ && match($0, /[^ ]/) == indent { inside = 0 }
        inside && /^ *#\[test\]/ { is_test = 1 }
        inside && is_test && /^ *fn / { is_test = 0; sub(/^ *fn /, ""); sub(/\(.*/, ""); print }' | sort -u
}

if [ "${1:-}" = --list ]; then
    properties
    exit
fi
scripts/prepare.sh
nextest="$(scripts/setup-rust-tool.sh cargo-nextest)"
# Cases of one run: so many that a run takes minutes, and a test stays well within the time that nextest allows it.
export PROPTEST_CASES="${PROPTEST_CASES:-2000}"
targets="test(/(^|::)(fuzz_\w+|$(properties | paste -sd '|'))\$/)"
readonly targets
end=$((SECONDS + 60 * ${RIDDLE_FUZZ_MINUTES:-10}))
runs=0
while [ $SECONDS -lt $end ]; do
    "$nextest" nextest run --release --locked --workspace --lib --tests -E "$targets"
    runs=$((runs + 1))
done
say "$runs runs of $PROPTEST_CASES cases for each property found nothing"
