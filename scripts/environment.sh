# Where the scripts keep what they fetch. Sourced by the others.
RIDDLE_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/riddle"
export RIDDLE_ONNXRUNTIME="${RIDDLE_ONNXRUNTIME:-$RIDDLE_CACHE/onnxruntime/libonnxruntime.so}"
export RIDDLE_MODELS_DIR="${RIDDLE_MODELS_DIR:-$RIDDLE_CACHE/models}"
TARGET_DIR="${CARGO_TARGET_DIR:-target}"
EMBEDDER=all-minilm-l6-v2

say() { printf '\033[1m%s\033[0m\n' "$*"; }
