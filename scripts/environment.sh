# Where the scripts keep what they fetch. Sourced by the others.
RIDDLE_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/riddle"
export RIDDLE_ONNXRUNTIME="${RIDDLE_ONNXRUNTIME:-$RIDDLE_CACHE/onnxruntime/libonnxruntime.so}"
export RIDDLE_MODELS_DIR="${RIDDLE_MODELS_DIR:-$RIDDLE_CACHE/models}"
TARGET_DIR="${CARGO_TARGET_DIR:-target}"
EMBEDDER=all-minilm-l6-v2
RERANKER=ms-marco-minilm-l12-v2
LANGUAGE_MODEL=smollm2-135m-instruct
OCR_MODEL=pp-ocrv6-small

say() { printf '\033[1m%s\033[0m\n' "$*"; }

# A machine that has the pinned compiler under another name, such as stable, need not fetch it again.
use_pinned_compiler() {
    local pinned toolchain
    command -v rustup >/dev/null || return 0
    pinned=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
    ! rustup toolchain list | grep -q "^$pinned" || return 0
    while read -r toolchain _; do
        if rustc "+$toolchain" --version 2>/dev/null | grep -qF "rustc $pinned "; then
            export RUSTUP_TOOLCHAIN=$toolchain
            return 0
        fi
    done < <(rustup toolchain list)
}
[ -n "${RUSTUP_TOOLCHAIN:-}" ] || use_pinned_compiler
