#!/usr/bin/env bash
# bert_same_bits.sh PROGRAM COMPARE: 20 steps of the demo's model, on the descriptions of the installed packages, leave
# weights with the same SHA-256 for any number of threads.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# A description as a document: its title, its paragraphs.
dpkg-query --show --showformat '${Description}\n\n' | sed -e 's/^ \.$/ /' -e 's/^ //' >"$folder/text.txt"
"$2" "$1" pretrain --text "$folder/text.txt" --out "$folder/model" --steps 20
