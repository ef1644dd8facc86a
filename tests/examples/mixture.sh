#!/usr/bin/env bash
# mixture.sh PROGRAM: a short run of examples/mixture on numbers, the same for any number of threads, and what the
# program answers to mistakes.
set -euo pipefail
program=$1
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

seq 5000 >numbers.txt
for threads in 1 3; do
  HEED_THREADS=$threads "$program" --text numbers.txt --steps 2 --out "$threads" >"$threads.txt" 2>/dev/null
  awk 'NF > 5 { NF--; print }' "$threads.txt" >"$threads.figures" # without the time
done
for file in loss.svg load.svg; do
  check "1/$file is there" grep -q "</svg>" "1/$file"
done
check "a row for each model" test "$(grep -cE '^(dense|router left alone|noise|balancing loss|biases) +[0-9]+ ' 1.txt)" = 5
same 1.figures 3.figures

# Mistakes.
expect 1 "nowhere.txt" --text nowhere.txt
seq 1000 >short.txt
expect 1 "the text has 3503 bytes to learn from and 390 for validation, but both must have 1280 or more" --text short.txt
touch file
expect 1 "mixture: " --text numbers.txt --steps 1 --out file
expect 105 "--steps" --steps 0 # CLI11's statuses
expect 109 "--nothing" --nothing

report
