#!/usr/bin/env bash
# Fetches what the tests of the web app in a browser need: Node.js, Chromium and the packages in tests/browser.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "setup-browser: $*" >&2; exit 1; }

missing=()
[ -x "${RIDDLE_CHROMIUM:-/usr/bin/chromium}" ] || missing+=(chromium)
if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || fail "these are missing: ${missing[*]}; install them, and name the browser in RIDDLE_CHROMIUM"
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    echo "Installing ${missing[*]}"
    apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y "$@" >/dev/null; }
    apt install --no-install-recommends "${missing[@]}" 2>/dev/null ||
        { apt update && apt install --no-install-recommends "${missing[@]}"; } ||
        fail "apt-get could not install ${missing[*]}"
fi
PATH="$(scripts/setup-node.sh):$PATH"
export PATH

cd tests/browser
# npm writes the hidden file last, so an older one means that the wanted packages have changed.
if ! [ node_modules/.package-lock.json -nt package-lock.json ]; then
    echo "Installing the packages of the browser tests"
    npm ci --silent
    touch node_modules/.package-lock.json
fi
