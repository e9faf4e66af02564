#!/usr/bin/env bash
# Formatting and lints; warnings are errors.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

say "Checking format and lints"
cargo fmt --all --check
# The release profile shares its build scripts with the build, so that llama.cpp is compiled once.
cargo clippy --release --locked --workspace --all-targets -- -D warnings

scripts/setup-browser.sh
npm run --silent --prefix tests/browser lint
