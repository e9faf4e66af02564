#!/usr/bin/env bash
# Installs the Debian packages that building and running needs, and only those that are missing.
# Usage: scripts/setup-system.sh [--test]      --test adds what the tests need
set -euo pipefail

for_tests=false
case "${1:-}" in
    '') ;;
    --test) for_tests=true ;;
    *) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
esac

fail() { echo "setup-system: $*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# What counts is whether the tool works, not which package it came with.
has_libclang() {
    ldconfig -p 2>/dev/null | grep -q 'libclang[-.0-9]*\.so' ||
        # libclang-cpp is another library.
        compgen -G '/usr/lib/llvm-*/lib/libclang.so*' >/dev/null ||
        compgen -G '/usr/lib/llvm-*/lib/libclang-[0-9]*.so*' >/dev/null
}
has_certificates() { [ -s /etc/ssl/certs/ca-certificates.crt ]; }
has_pip() { python3 -m pip --version >/dev/null 2>&1; }
# The tests need PostgreSQL 15 or newer.
has_postgres() {
    local initdb
    for initdb in /usr/lib/postgresql/*/bin/initdb "$(command -v initdb || true)"; do
        [[ $("$initdb" --version 2>/dev/null) =~ \)\ ([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 15 ] && return
    done
    return 1
}
has_venv() { python3 -c 'import venv, ensurepip' >/dev/null 2>&1; }

missing=()
need() { # need PACKAGE TEST…
    local package=$1
    shift
    "$@" || missing+=("$package")
}

need g++ have c++
need make have make
need cmake have cmake
need pkg-config have pkg-config
need libclang-dev has_libclang
need curl have curl
need unzip have unzip
need ca-certificates has_certificates
need python3 have python3
if "$for_tests"; then
    need python3-venv has_venv
    need python3-pip has_pip
    need postgresql has_postgres
    need postgresql-client have psql
elif ! has_pip && ! has_venv; then
    missing+=(python3-pip)
fi

if [ ${#missing[@]} -gt 0 ]; then
    have apt-get || fail "these are missing: ${missing[*]}; install them with the package manager of this system"
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        have sudo || fail "packages are missing; run as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]}"
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >>"$log" 2>&1; }
    # Package lists may be absent or outdated, so they are fetched only when they do not do.
    if ! apt install --no-install-recommends "${missing[@]}"; then
        if ! { apt update && apt install --no-install-recommends "${missing[@]}"; }; then
            tail -n 20 "$log" >&2
            fail "apt-get could not install ${missing[*]}; the lines above say why"
        fi
    fi
fi

have cargo || fail "Rust is missing; install it as https://rustup.rs says, then run this again"
