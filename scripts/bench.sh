#!/usr/bin/env bash
# Speed and memory, as ratios measured side by side in one run.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/prepare.sh
cargo bench --locked -p riddle --bench speed
