#!/usr/bin/env bash
# Makes the chapters of the handbook that are not Markdown out of their sources in scripts/handbook. The results are
# committed; run this after changing one of the sources. Needs pandoc and LibreOffice.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in pandoc soffice; do
    if ! command -v "$tool" >/dev/null; then
        echo "$tool is missing: apt-get install pandoc libreoffice-writer-nogui fonts-noto-cjk" >&2
        exit 1
    fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# make_pdf SOURCE FOLDER
make_pdf() {
    local name
    name=$(basename "$1" .md)
    pandoc "$1" -o "$work/$name.docx"
    soffice --headless --convert-to pdf --outdir "$2" "$work/$name.docx" >/dev/null
}

pandoc scripts/handbook/04-is-reranking-worth-it.md -o handbook/en/04-is-reranking-worth-it.docx
make_pdf scripts/handbook/06-security-and-privacy.md handbook/en
make_pdf scripts/handbook/04-模型与安全.md handbook/zh
