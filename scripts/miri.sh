#!/usr/bin/env bash
# Runs the tests of the native engine over its portable kernels under Miri, which knows no vector instructions and finds
# what a sanitizer cannot see, such as pointers that outlive what they point to. It takes a nightly compiler with Miri,
# which nothing else here needs and no script installs. Whole encoders may take longer than anybody waits; TESTS names
# the tests to run, such as `shapes`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

if ! cargo +nightly miri --version >/dev/null 2>&1; then
    say "Miri is missing; \`rustup toolchain install nightly --component miri\` installs it" >&2
    exit 1
fi
# Tests write their models into temporary folders.
MIRIFLAGS="-Zmiri-disable-isolation ${MIRIFLAGS:-}" \
    cargo +nightly miri test --locked -p riddle-native --lib --target-dir "$TARGET_DIR/miri" -- ${TESTS:-}
