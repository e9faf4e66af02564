#!/usr/bin/env bash
# Pins the images that the container is built from: asks where they come from for their digests, and writes these behind
# their tags, which may move. Once more, and they are those of the tags today. Needs the network and docker with buildx.
# Usage: scripts/pin-images.sh [--check] [FILE]      --check changes nothing and names those without a digest
set -euo pipefail
check=
if [ "${1:-}" = --check ]; then
    check=1
    shift
fi
file=${1:-$(dirname "$0")/../Dockerfile}
names=$(sed -n 's/^ARG \([A-Z]*_IMAGE\)=.*/\1/p' "$file")
[ -n "$names" ] || { echo "$file names no images" >&2; exit 2; }
unpinned=0
for name in $names; do
    image=$(sed -n "s/^ARG $name=//p" "$file")
    if [ -n "$check" ]; then
        case $image in
        *@sha256:*) ;;
        *)
            echo "$image is not pinned; scripts/pin-images.sh does so where there is a network"
            unpinned=1
            ;;
        esac
        continue
    fi
    tag=${image%%@*}
    digest=$(docker buildx imagetools inspect "$tag" --format '{{.Manifest.Digest}}')
    [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "no digest of $tag was told: $digest" >&2; exit 1; }
    sed -i "s|^ARG $name=.*|ARG $name=$tag@$digest|" "$file"
    echo "$name=$tag@$digest"
done
exit $unpinned
