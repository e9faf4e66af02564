#!/usr/bin/env bash
# Formatting and lints; warnings are errors.
# Usage: scripts/lint.sh [--linted]      --linted leaves out the lints of the Rust code, which a build gave
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

say "Checking format and lints"
cargo fmt --all --check
if [ "${1:-}" != --linted ]; then
    # The release profile shares its build scripts with the build, so that llama.cpp is compiled once.
    cargo clippy --release --locked --workspace --all-targets -- -D warnings
fi

scripts/check-dependencies.sh
# Digests are known where there is a network alone, so that their lack is told and nothing fails.
scripts/pin-images.sh --check || true

scripts/setup-browser.sh
scripts/setup-web.sh
PATH="$(scripts/setup-node.sh):$PATH"
npm run --silent --prefix web lint
npm run --silent --prefix web check
npm run --silent --prefix web schema:check ||
    { echo "web/src/api/schema.d.ts does not describe docs/openapi.json; run make openapi" >&2; exit 1; }
# Text of documents and models must never become HTML. One line takes the property from a library, so that it makes none.
if grep -rnE '\{@html|innerHTML|insertAdjacentHTML' web/src | grep -vF 'Object.defineProperty(host, "innerHTML", {'; then
    echo "the lines above make HTML of text; make elements instead" >&2
    exit 1
fi
npm run --silent --prefix tests/browser lint
