#!/usr/bin/env bash
# Installs the packages that the web app is built with.
set -euo pipefail
cd "$(dirname "$0")/../web"

# npm writes the hidden file last, so an older one means that the wanted packages have changed.
if ! [ node_modules/.package-lock.json -nt package-lock.json ]; then
    echo "Installing the packages of the web app"
    npm ci --silent
    touch node_modules/.package-lock.json
fi
