#!/usr/bin/env bash
# Fetches what the tests need beyond the product: the test runner, a Python with the openai package and a browser.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

if ! cargo nextest --version >/dev/null 2>&1; then
    say "Installing cargo-nextest"
    cargo install --locked cargo-nextest
fi
venv="$RIDDLE_CACHE/test-venv"
if ! "$venv/bin/python" -c 'import openai' 2>/dev/null; then
    say "Installing the openai package for tests"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet 'openai>=1.50'
fi
scripts/setup-browser.sh
