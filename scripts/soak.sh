#!/usr/bin/env bash
# Kills the server RIDDLE_KILLS times during ingestion and checks after every tenth that nothing is lost or doubled.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/prepare.sh
cargo nextest run --release --locked -p riddle --profile soak --no-capture -E 'test(nothing_is_lost_or_doubled_by_kills)'
