#!/usr/bin/env bash
# What the rewriting of follow-ups is worth: hit@3 over the two-turn questions on the handbook, without rewriting, with it,
# and with the stand-alone question written by hand. Markdown on stdout.
#   MODEL=NAME                     rewrites with this language model; without it, with the terms of the question before
#   HALF=choose                    the half that rules are chosen by; the other half, for reports, by default
#   RIDDLE=target/release/riddle   the program
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

riddle="${RIDDLE:-$TARGET_DIR/release/riddle}"
[ -x "$riddle" ] || { scripts/prepare.sh >&2; cargo build --release --locked -p riddle >&2; }
exec python3 scripts/follow_ups.py "$riddle" "${HALF:-report}" "${MODEL:-}"
