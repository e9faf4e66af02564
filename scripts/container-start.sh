#!/bin/sh
# Starts the server in a container: with a key of its own, made at the first start and kept in the volume, and with
# the small embedding model.
set -eu
key="${RIDDLE_API_KEY_FILE:-$RIDDLE_DATA_DIR/api-key}"
if [ ! -f "$key" ]; then
    riddle serve --new-api-key "$key"
    echo "the API key is in $key of the volume"
fi
# Without the network the server starts all the same and searches by words.
riddle models pull all-minilm-l6-v2 || echo "no embedding model yet; see: riddle models pull --help"
exec riddle serve --listen 0.0.0.0:7878 --api-key-file "$key" "$@"
