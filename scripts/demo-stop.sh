#!/usr/bin/env bash
# Stops the server that the demo left running.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -f .riddle/demo/server.json ]; then
    echo "no demo server is running"
    exit 0
fi
kill "$(python3 -c 'import json; print(json.load(open(".riddle/demo/server.json"))["pid"])')"
echo "stopped"
