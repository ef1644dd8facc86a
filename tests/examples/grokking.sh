#!/usr/bin/env bash
# grokking.sh PROGRAM: a short run of examples/grokking, what it leaves, and what it answers to mistakes.
set -euo pipefail
program=$1
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

expect 0 "4656 divisions to learn from, 4656 for validation" --epochs 1 --save weights.safetensors
check "it says that it knows nothing yet" grep -q "in training never, in validation never" <("$program" --epochs 1 --svg other.svg 2>/dev/null)
check "the chart is there" grep -q "</svg>" grokking.svg
same grokking.svg other.svg
check "the weights are there" test -s weights.safetensors

# Mistakes.
expect 1 "grokking: nowhere/grokking.svg" --epochs 1 --svg nowhere/grokking.svg
expect 105 "--epochs" --epochs 0 # CLI11's statuses
expect 109 "--nothing" --nothing

report
