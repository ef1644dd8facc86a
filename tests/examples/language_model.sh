#!/usr/bin/env bash
# language_model.sh PROGRAM PAGE: examples/language_model on a small text of one's own (PAGE): that a run that was
# stopped goes on to the same bits, that models write, and what they answer to mistakes.
set -euo pipefail
program=$1 page=$2
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

cp "$page" page.txt
small=(--text page.txt --width 16 --depth 1 --heads 2 --context 16 --batch 4 --look 10)
expect 0 "bits a byte" train --out bytes --steps 25 "${small[@]}"
expect 0 "of a vocabulary of 300" train --out pieces --steps 5 --pieces 300 --dropout 0.1 "${small[@]}"
for positions in sinusoidal learned rotary; do
  expect 0 "5 steps of 64 pieces" train --out "$positions" --steps 5 --positions "$positions" "${small[@]}"
  # Longer than the context, and after a prompt that is longer.
  expect 0 "a prompt that is longer than the context" generate --model "$positions" --pieces 40 \
    --prompt "a prompt that is longer than the context"
done
for file in model.safetensors training.safetensors config.json joins.bpe; do
  check "left no pieces/$file" test -s "pieces/$file"
done

# The same draws after the same seed, others after another; a temperature of 0 draws nothing.
write() { "$program" generate --model pieces --prompt heed --pieces 30 "$@"; }
write --seed 5 >one
write --seed 5 >two
write --seed 6 >three
same one two
if cmp -s one three; then fail "generate draws the same for any seed"; else pass; fi
write --temperature 0 --seed 5 >one
write --temperature 0 --seed 6 >two
same one two
write --top-k 1 --seed 7 >two
same one two
expect 0 "heed" generate --model pieces --prompt heed --top-p 0.5 --top-k 7 --temperature 1.2

# Stopped by an interrupt, then resumed: the bits of a run that never stopped, with dropout too.
long=(--steps 600 --pieces 280 --float32 --dropout 0.2 "${small[@]}")
"$program" train --out straight "${long[@]}" >straight.log 2>&1
"$program" train --out cut "${long[@]}" >cut.log 2>&1 &
for _ in {1..200}; do
  [[ -s cut/training.safetensors ]] && break
  sleep 0.05
done
kill -INT $!
status=0
wait $! || status=$?
if [[ $status == 130 ]] && grep -q "resume --model cut. goes on" cut.log; then
  pass
else
  fail "after an interrupt: status $status and $(cat cut.log)"
fi
expect 0 "600 steps" resume --model cut
same straight/model.safetensors cut/model.safetensors
expect 0 "600 steps" resume --model cut # nothing is left to do

# Mistakes.
expect 1 "nowhere.txt" train --text nowhere.txt --out other
: >empty.txt
expect 1 "empty.txt is empty" train --text empty.txt --out other
echo "few words" >short.txt
expect 1 "the training text has 9 pieces, but with a context of 16 it must have 17 or more" \
  train --out other --text short.txt --context 16
expect 1 "heads must divide width" train --out other --text page.txt --width 16 --heads 3
expect 1 "vocabulary_size" train --out other "${small[@]}" --pieces 100
expect 1 "generate: temperature is -1, but it must be finite and at least 0" generate --model bytes --temperature -1
expect 1 "generate: top_p is 2, but it must be above 0 and at most 1" generate --model bytes --top-p 2
expect 1 "generate: top_k is -3, but it must be at least 1, or 0 for all" generate --model bytes --top-k -3
expect 1 "nowhere/joins.bpe" generate --model nowhere
expect 1 "nowhere/config.json" resume --model nowhere
cp pieces/joins.bpe bytes/joins.bpe
expect 1 "bytes/joins.bpe has 300 pieces, but the model in bytes/config.json has 256" generate --model bytes
cp bytes/model.safetensors learned/training.safetensors
expect 1 "is not a checkpoint of a training run" resume --model learned
head -c 100 straight/model.safetensors >straight/training.safetensors
expect 1 "straight/training.safetensors" resume --model straight
echo "more" >>page.txt
expect 1 "page.txt is not the text that the run in cut began with" resume --model cut
expect 105 "--steps" train --steps -3 # CLI11's statuses
expect 105 "--positions" train --positions sideways
expect 105 "--dropout" train --dropout 1.5
expect 109 "--nothing" train --nothing
expect 106 "subcommand"

report
