#!/usr/bin/env bash
# Fetches what the tests need beyond the product: the test runner, a Python with other tools' clients and a browser.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

if ! cargo nextest --version >/dev/null 2>&1; then
    say "Installing cargo-nextest"
    cargo install --locked cargo-nextest
fi
venv="$RIDDLE_CACHE/test-venv"
clients=(openai==3.52.0 cohere==5.21.1 huggingface_hub==1.33.0 numpy langchain-cohere==0.6.0
    langchain-classic==1.0.8 langchain-community==0.4.2 boto3==1.44.5
    llama-index-postprocessor-tei-rerank==0.6.0 llama-index-embeddings-text-embeddings-inference==0.6.0)
if [ "$(cat "$venv/clients" 2>/dev/null)" != "${clients[*]}" ]; then
    say "Installing Python clients of other tools for tests"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet "${clients[@]}"
    echo "${clients[*]}" > "$venv/clients"
fi
scripts/setup-browser.sh
