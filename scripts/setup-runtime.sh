#!/usr/bin/env bash
# Puts the ONNX Runtime library into a folder, taken out of its Python wheel.
# Usage: scripts/setup-runtime.sh FOLDER       the result is FOLDER/libonnxruntime.so
set -euo pipefail

[ $# -eq 1 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }

# The release that the `ort` crate is made for. To change it, take the new hashes from the wheels themselves.
version=1.31.1
case "$(uname -s)-$(uname -m)" in
    Linux-x86_64)
        arch=x86_64
        wheel_sha256=5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f
        library_sha256=fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3
        ;;
    Linux-aarch64)
        arch=aarch64
        wheel_sha256=da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3
        library_sha256=8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467
        ;;
    *)
        echo "setup-runtime: no library is known for $(uname -s) on $(uname -m);" \
            "put one there yourself as $1/libonnxruntime.so" >&2
        exit 1
        ;;
esac

fail() { echo "setup-runtime: $*" >&2; exit 1; }
is() { # is FILE SHA256
    echo "$2  $1" | sha256sum --check --status 2>/dev/null
}

mkdir -p "$1"
folder=$(cd "$1" && pwd)
library=$folder/libonnxruntime.so
stamp=$library.sha256

if [ -s "$library" ]; then
    is "$library" "$library_sha256" && exit 0
    # A library that this script did not put there, such as one for a GPU, is the user's own.
    if ! [ -s "$stamp" ] || ! is "$library" "$(cat "$stamp")"; then
        echo "Keeping the ONNX Runtime library that is in $folder; remove it to get $version"
        exit 0
    fi
fi

work=$(mktemp -d "$folder/.setup.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Any Python does: the wheel is chosen by these tags, and the library in it knows nothing of Python.
python=python3
if ! python3 -m pip --version >/dev/null 2>&1; then
    python3 -m venv "$work/venv" >/dev/null 2>&1 ||
        fail "python3 has neither pip nor venv; run scripts/setup-system.sh first"
    python=$work/venv/bin/python
fi
echo "Fetching ONNX Runtime $version"
"$python" -m pip download --quiet --no-input --disable-pip-version-check --no-deps \
    --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 \
    --platform "manylinux_2_28_$arch" --platform "manylinux_2_27_$arch" \
    --dest "$work" "onnxruntime==$version" ||
    fail "pip could not fetch onnxruntime $version; check the network or pip's index"

wheels=("$work"/*.whl)
is "${wheels[0]}" "$wheel_sha256" ||
    fail "the wheel of onnxruntime $version is not the one that was tested; its SHA-256 differs"
unzip -p "${wheels[0]}" "onnxruntime/capi/libonnxruntime.so.$version" >"$work/library"
unzip -p "${wheels[0]}" onnxruntime/LICENSE >"$work/licence"
is "$work/library" "$library_sha256" || fail "the library came damaged out of its wheel; run this again"

mv "$work/licence" "$folder/libonnxruntime.LICENSE"
mv "$work/library" "$library"
echo "$library_sha256" >"$stamp"
