#!/usr/bin/env bash
# Puts the ONNX Runtime library into a folder, taken out of its Python wheel.
# Usage: scripts/setup-runtime.sh [--cuda] FOLDER     the result is FOLDER/libonnxruntime.so
# With --cuda it is the library for GPUs of NVIDIA, with its provider and, in FOLDER/cuda, CUDA's own libraries.
set -euo pipefail

cuda=
if [ "${1:-}" = --cuda ]; then cuda=yes; shift; fi
if [ $# -ne 1 ] || [ "${1#-}" != "$1" ]; then
    sed -n '2,4s/^# //p' "$0" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)

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

# Any Python does: wheels are chosen by tags, and the libraries in them know nothing of Python.
find_pip() { # find_pip WORK_FOLDER; sets `python`
    python=python3
    if ! python3 -m pip --version >/dev/null 2>&1; then
        python3 -m venv "$1/venv" >/dev/null 2>&1 ||
            fail "python3 has neither pip nor venv; run scripts/setup-system.sh first"
        python=$1/venv/bin/python
    fi
}

fetch() { # fetch WORK_FOLDER PIP_ARGUMENT...
    local work=$1
    shift
    "$python" -m pip download --quiet --no-input --disable-pip-version-check --no-deps \
        --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 \
        --platform "manylinux_2_28_$arch" --platform "manylinux_2_27_$arch" --platform "manylinux2014_$arch" \
        --platform "manylinux2010_$arch" --platform "manylinux1_$arch" --dest "$work" "$@"
}

# The library for GPUs, whose parts have to be of versions that belong together: all of them are in one list.
if [ -n "$cuda" ]; then
    list=$here/cuda-libraries.txt
    [ "$arch" = x86_64 ] || fail "no library for GPUs is known for $arch"
    if cmp -s "$list" "$folder/cuda/installed.txt" && [ -s "$library" ]; then exit 0; fi
    [ ! -e "$library" ] || [ -e "$folder/cuda" ] ||
        fail "$folder has the library for processors; name another folder for the one for GPUs"
    free=$(df --output=avail -k "$folder" | tail -n 1)
    [ "$free" -gt 6000000 ] || fail "the libraries for GPUs need 6 GB on the disk of $folder while they are unpacked"
    work=$(mktemp -d "$folder/.setup.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    find_pip "$work"
    echo "Fetching ONNX Runtime for CUDA, with CUDA's libraries (1.5 GB)"
    fetch "$work" --require-hashes --requirement "$list" ||
        fail "pip could not fetch the libraries; check the network or pip's index"
    mkdir -p "$work/cuda/licences"
    for wheel in "$work"/nvidia_*.whl; do
        name=$(basename "$wheel")
        unzip -qoj "$wheel" 'nvidia/*/lib/*.so*' -d "$work/cuda"
        unzip -qoj "$wheel" '*.dist-info/*icense*' -d "$work/cuda/licences/${name%%-*}"
        rm "$wheel"
    done
    rm -f "$work"/cuda/lib{nvblas,cufftw}.so.*
    capi=onnxruntime/capi
    for part in libonnxruntime.so. libonnxruntime_providers_shared.so libonnxruntime_providers_cuda.so; do
        unzip -qoj "$work"/onnxruntime_gpu-*.whl "$capi/$part*" -d "$work"
    done
    unzip -p "$work"/onnxruntime_gpu-*.whl onnxruntime/LICENSE >"$work/licence"
    rm -rf "$folder/cuda" "$folder"/libonnxruntime*
    mv "$work"/libonnxruntime_providers_*.so "$work/cuda" "$folder"
    mv "$work/licence" "$folder/libonnxruntime.LICENSE"
    mv "$work"/libonnxruntime.so.* "$library"
    cp "$list" "$folder/cuda/installed.txt"
    exit 0
fi

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

find_pip "$work"
echo "Fetching ONNX Runtime $version"
fetch "$work" "onnxruntime==$version" ||
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
