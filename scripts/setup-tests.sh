#!/usr/bin/env bash
# Fetches what the tests need beyond the product: the test runner, a Python with other tools' clients and a browser.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

scripts/setup-rust-tool.sh cargo-nextest >/dev/null
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
# In an environment of its own: it asks for other versions of what the clients need.
venv="$RIDDLE_CACHE/api-test-venv"
tools=(schemathesis==4.32.5)
if [ "$(cat "$venv/tools" 2>/dev/null)" != "${tools[*]}" ]; then
    say "Installing schemathesis, which tries the API by its description"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet "${tools[@]}"
    echo "${tools[*]}" > "$venv/tools"
fi
scripts/setup-browser.sh
