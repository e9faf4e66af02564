#!/usr/bin/env bash
# Installs the packages that the web app is built with.
set -euo pipefail
cd "$(dirname "$0")/../web"

# Versions are exact in package.json; a lock file would name the registry. npm writes the hidden file last, so an older
# one means that the wanted packages have changed.
if ! [ node_modules/.package-lock.json -nt package.json ]; then
    echo "Installing the packages of the web app"
    npm install --silent --no-audit --no-fund --no-package-lock
    touch node_modules/.package-lock.json
fi
