#!/usr/bin/env bash
# length.sh PROGRAM: a short run of examples/length on numbers, the same for any number of threads, and what the program
# answers to mistakes.
set -euo pipefail
program=$1
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

seq 5000 >numbers.txt
short=(--text numbers.txt --steps 2 --sequences 1)
for threads in 1 3; do
  HEED_THREADS=$threads "$program" "${short[@]}" --svg "$threads.svg" >"$threads.txt" 2>/dev/null
done
check "the chart is there" grep -q "</svg>" 1.svg
check "a row for each kind of positions and each scaling" test "$(grep -cE '(  +[0-9]\.[0-9]{3}){5}$' 1.txt)" = 13
check "learned positions end with the training's length" grep -qE '^learned +[0-9.]+( +-){4}$' 1.txt
same 1.txt 3.txt
same 1.svg 3.svg

# Mistakes.
expect 1 "nowhere.txt" --text nowhere.txt
seq 1000 >short.txt
expect 1 "the text has 390 bytes for validation, but 1025 are to be measured on" --text short.txt --sequences 1
expect 1 "length: nowhere/length.svg" "${short[@]}" --svg nowhere/length.svg
expect 105 "--steps" --steps 0 # CLI11's statuses
expect 105 "--sequences" --sequences -1
expect 109 "--nothing" --nothing

report
