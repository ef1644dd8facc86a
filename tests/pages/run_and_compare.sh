#!/bin/sh
# run_and_compare.sh PROGRAM FOLDER: runs a program that blocks.awk made in a folder of its own. It must print what
# FOLDER/NAME.txt holds, if there is one, and after each line "== N" what FOLDER/N.txt holds.
set -eu
program=$1 folder=$2 name=$(basename "$1")
mkdir -p "$folder/run"
cd "$folder/run"
status=0
"$program" >"$folder/$name.printed" || status=$?
if [ "$status" != 0 ]; then
  cat "$folder/$name.printed"
  echo "$name ended with status $status"
  exit 1
fi
if [ -e "$folder/$name.txt" ]; then
  diff -u "$folder/$name.txt" "$folder/$name.printed"
fi
for expected in "$folder"/[0-9]*.txt; do
  [ -e "$expected" ] || continue
  number=$(basename "$expected" .txt)
  grep -qx "== $number" "$folder/$name.printed" || continue
  awk -v wanted="== $number" '/^== [0-9]+$/ { on = $0 == wanted; next } on' "$folder/$name.printed" | diff -u "$expected" - || status=1
done
exit "$status"
