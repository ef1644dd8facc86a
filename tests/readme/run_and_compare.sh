#!/bin/sh
# run_and_compare.sh PROGRAM [FILE]: runs the program; where FILE exists, it holds exactly what the program must print.
set -eu
if [ -e "${2-}" ]; then
  "$1" >"$1.printed"
  diff -u "$2" "$1.printed"
else
  "$1"
fi
