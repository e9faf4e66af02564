#!/usr/bin/env bash
# Runs a command beside a PostgreSQL server of its own, whose address it finds in RIDDLE_TEST_POSTGRES. The server listens
# on a socket in a temporary folder alone, keeps nothing, and ends with the command.
# Usage: scripts/with-postgres.sh COMMAND [ARGUMENT…]
set -euo pipefail
[ $# -gt 0 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
fail() { echo "with-postgres: $*" >&2; exit 1; }

# A server that is there already is used.
[ -z "${RIDDLE_TEST_POSTGRES:-}" ] || exec "$@"

bin=$({ find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null || true; } | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(command -v initdb) || fail "PostgreSQL is missing; scripts/setup-system.sh --test installs it"
bin=$(dirname "$bin")

# PostgreSQL refuses root, so the server runs as the user that its package has made.
as_server=()
folder=$(mktemp -d /tmp/riddle-postgres.XXXXXX)
if [ "$(id -u)" -eq 0 ]; then
    id postgres >/dev/null 2>&1 || fail "run this as another user than root, or make a user named postgres"
    chown postgres "$folder"
    as_server=(setpriv --reuid=postgres --regid=postgres --clear-groups env -C "$folder")
fi
stop() {
    "${as_server[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

# The language's own order of texts, so that a list which relies on it is found out.
"${as_server[@]}" "$bin/initdb" -D "$folder/data" -U riddle -A trust -E UTF8 --locale=C.UTF-8 \
    --locale-provider=icu --icu-locale=en-US --no-sync >/dev/null
settings="-c listen_addresses= -c unix_socket_directories=$folder -c max_connections=1000
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
"${as_server[@]}" "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -o "${settings//$'\n'/}" -w start >/dev/null ||
    { cat "$folder/log" >&2; fail "the server does not start"; }
RIDDLE_TEST_POSTGRES="postgres://riddle@${folder//\//%2F}/postgres" "$@"
