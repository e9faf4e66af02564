#!/usr/bin/env bash
# Runs the tests of the crate that may do unsafe things, vector instructions included, with every access to memory
# checked by AddressSanitizer.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/setup-system.sh --test
nextest="$(scripts/setup-rust-tool.sh cargo-nextest)"
host=$(rustc --print host-tuple)
# The compiler has this check and hides it. Build scripts and macros are for the compiler and run without it.
RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address" \
    "$nextest" nextest run --release --locked -p riddle-native --target "$host" --target-dir "$TARGET_DIR/sanitized"
