#!/usr/bin/env bash
# Checks licences, sources and known vulnerabilities of the Rust packages, as deny.toml says.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

deny="$(scripts/setup-rust-tool.sh cargo-deny)"
"$deny" --locked check licenses bans sources
# The advisories are a git repository that not every machine reaches.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if timeout 120 "$deny" --locked fetch db >"$log" 2>&1; then
    "$deny" --locked check advisories
else
    tail -n 3 "$log" >&2
    say "SKIPPED: known vulnerabilities were not looked for, as the advisory database cannot be fetched here"
fi
