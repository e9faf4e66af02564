#!/usr/bin/env bash
# Prints the address of the demo's server, as the server announced it.
set -euo pipefail
cd "$(dirname "$0")/.."
python3 -c 'import json, sys; print("http://" + json.load(open(".riddle/demo/server.json"))["address"])'
