#!/usr/bin/env bash
# compare.sh PROGRAM [arguments]: runs it, in a process for each, with 1, 2, 3 and 8 threads, and once more with 3 and the
# chunks shuffled; each run leaves its weights by --save. Their SHA-256 must be one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sums=()
for threads in 1 2 3 8 3-shuffled; do
  shuffle=()
  [[ $threads != *-shuffled ]] || shuffle=(HEED_SHUFFLE_CHUNKS=1)
  env HEED_THREADS="${threads%-shuffled}" "${shuffle[@]}" "$@" --save "$folder/weights" >"$folder/log" || { cat "$folder/log"; exit 1; }
  sum=$(sha256sum <"$folder/weights")
  echo "threads $threads: ${sum%% *}"
  sums+=("$sum")
  rm "$folder/weights"
done
[[ $(printf '%s\n' "${sums[@]}" | sort -u | wc -l) == 1 ]] || { echo "the weights differ"; exit 1; }
