#!/usr/bin/env bash
# Builds the web app into web/dist, from where the server's build takes it.
set -euo pipefail
cd "$(dirname "$0")/.."

PATH="$(scripts/setup-node.sh):$PATH"
export PATH
# A build changes the time of its files, and with it the server has to be built again, so it is done only when needed.
sources=$(find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
[ "$(cat .riddle/web-sources 2>/dev/null)" = "$sources" ] && [ -s web/dist/index.html ] && exit
scripts/setup-web.sh
npm run --silent --prefix web build
mkdir -p .riddle
echo "$sources" > .riddle/web-sources
