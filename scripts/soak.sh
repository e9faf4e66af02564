#!/usr/bin/env bash
# Kills the server RIDDLE_KILLS times during ingestion and checks after every tenth that nothing is lost or doubled. Then
# the same, with health asked for all the while, under kills, on disks that fill up, with few open files, with a clock
# that jumps and on a slow disk (scripts/soak.py; RIDDLE_SOAK_STRICT holds health to its goal). At last a real model
# reads documents that give orders (scripts/injections.py).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/prepare.sh
nextest="$(scripts/setup-rust-tool.sh cargo-nextest)"
"$nextest" nextest run --release --locked -p riddle --profile soak --no-capture -E 'test(nothing_is_lost_or_doubled_by_kills)'
cargo build --release --locked -p riddle
"$TARGET_DIR/release/riddle" models pull "$LANGUAGE_MODEL"
export RIDDLE_OFFLINE=true
for condition in kill full-disk open-files clock slow-disk; do
    python3 scripts/soak.py "$TARGET_DIR/release/riddle" "$condition"
done
python3 scripts/injections.py "$TARGET_DIR/release/riddle" "$LANGUAGE_MODEL"
