#!/usr/bin/env bash
# How fast evaluations are, and what they cost people who ask meanwhile, on scifact: 1,000 questions in 4 arms without rerank,
# and answers beside a run against answers while it is paused, in turns. Markdown on stdout.
#   RIDDLE=target/release/riddle   the program
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

data="${RIDDLE_SHARED_DATA:-../shared/data}/retrieval/scifact"
[ -d "$data" ] || { say "no scifact in $data; set RIDDLE_SHARED_DATA" >&2; exit 1; }
riddle="${RIDDLE:-$TARGET_DIR/release/riddle}"
[ -x "$riddle" ] || { scripts/prepare.sh >&2; cargo build --release --locked -p riddle >&2; }
exec python3 scripts/evaluation_speed.py "$riddle" "$data"
