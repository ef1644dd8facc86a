#!/usr/bin/env bash
# translate.sh PROGRAM: examples/translate on a small language of its own: all three models, what they leave, an
# interrupted run that goes on to the same bits, and what the program answers to mistakes.
set -euo pipefail
program=$1
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

# Two languages: the second says each word in its own way, and the noun first.
awk 'BEGIN {
  split("red green blue old new small", adjective); split("rosso verde blu vecchio nuovo piccolo", aggettivo)
  split("cat dog house book tree", noun); split("gatto cane casa libro albero", nome)
  split("sees finds takes", verb); split("vede trova prende", verbo)
  for (i = 0; i < 540; ++i) {
    a = i % 6 + 1; n = int(i / 6) % 5 + 1; v = int(i / 30) % 3 + 1; b = int(i / 90) % 6 + 1
    print "the " adjective[a] " " noun[n] " " verb[v] " the " adjective[b] " " noun[(n + a) % 5 + 1] >"text.en"
    print "il " nome[n] " " aggettivo[a] " " verbo[v] " il " nome[(n + a) % 5 + 1] " " aggettivo[b] >"text.it"
  }
}'
small=(--source text.en --target text.it --pieces 120 --depth 1 --heads 2 --tokens 512 --rate 0.01)

# A transformer that learns it, and speaks it.
expect 0 "BLEU" train --model transformer --out model --steps 250 --width 32 "${small[@]}" --test 40 --beam 2 </dev/null
for file in model.safetensors config.json pieces.txt merges.txt summary.json loss.svg by_length.svg attention-1.svg; do
  check "model/$file is there" test -s "model/$file"
done
check "no file for averaging or going on is left" test ! -e model/checkpoint.safetensors -a ! -e model/weights-250.safetensors
bleu=$(sed -n 's/^ *"bleu": \([0-9.]*\),$/\1/p' model/summary.json | head -n 1)
check "BLEU of at least 60, but it is '$bleu'" awk -v bleu="$bleu" 'BEGIN { exit !(bleu >= 60) }'
expect 0 "il " translate --model model < <(echo "the old cat sees the blue tree")
expect 0 "1 of its characters the model has never seen" translate --model model < <(echo "the old 猫 sees the blue tree")
printf 'the old cat\n\nthe new dog\n' >lines.txt
check "an empty line stays empty" test "$("$program" translate --model model --beam 1 <lines.txt | sed -n '2p' | wc -c)" = 1
for kind in recurrent attention; do
  expect 0 "BLEU" train --model "$kind" --out "$kind" --steps 20 --width 16 "${small[@]}" --test 10 </dev/null
  expect 0 "" translate --model "$kind" < <(echo "the old cat sees the blue tree")
done
check "attention has maps" test -s attention/attention-1.svg
check "one vector has none" test ! -e recurrent/attention-1.svg

# An interrupt, and the same bits in the end.
long=(train --model transformer --width 16 "${small[@]}" --test 10)
"$program" "${long[@]}" --steps 300 --out straight </dev/null >/dev/null 2>&1
"$program" "${long[@]}" --steps 300 --out cut </dev/null >cut.log 2>&1 &
process=$!
until grep -qs "/300 " cut.log || ! kill -0 "$process" 2>/dev/null; do sleep 0.02; done
kill -INT "$process" 2>/dev/null || true
status=0
wait "$process" || status=$?
check "an interrupted run ends with 130, not $status" test "$status" = 130
check "it says how to go on" grep -q "interrupted after .* of 300 steps: --resume" cut.log
expect 0 "" translate --model cut < <(echo "the old cat")
expect 1 "cannot go on with 200 steps" "${long[@]}" --steps 200 --out cut --resume </dev/null
expect 0 "BLEU" "${long[@]}" --steps 300 --out cut --resume </dev/null
check "the weights are the same" cmp straight/model.safetensors cut/model.safetensors

# Mistakes.
expect 1 "there is no language 'xx': there are it, fr, de" train --language xx
expect 1 "there is no model 'oracle': there are recurrent, attention, transformer" train --model oracle
expect 1 "--source and --target belong together" train --source text.en --out other
expect 1 "nowhere.en cannot be read" train --source nowhere.en --target text.it --out other
head -n 100 text.it >short.it
expect 1 "text.en has 540 lines and short.it has 100, but they must be translations of each other, line by line" train --source text.en --target short.it --out other
{ head -n 9 text.it && echo && tail -n 530 text.it; } >hole.it
expect 1 "hole.it: line 10 is empty, but each line must have a translation" train --source text.en --target hole.it --out other
head -n 1 text.en >one.en
head -n 1 text.it >one.it
expect 1 "a corpus of 1 pairs is too small" train --source one.en --target one.it --out other
expect 1 "no pair for training has between 1 and 2 pieces on both sides" train "${small[@]}" --longest 2 --out other
expect 1 "cannot be read" train "${small[@]}" --out other2 --resume
expect 1 "--beam is 0, but it must be at least 1" translate --model model --beam 0 </dev/null
expect 1 "--length-penalty is -1, but it must not be negative" train --length-penalty -1
expect 1 "nowhere/config.json cannot be read" translate --model nowhere </dev/null
expect 1 "pieces is too long: the model has learned from sentences of at most 100" \
  translate --model model < <(printf 'the old %.0s' {1..300})
echo '{"model": "transformer"}' >cut/config.json
expect 1 "cut/config.json is none that train left" translate --model cut </dev/null
expect 106 "--model" translate </dev/null # CLI11's statuses
expect 105 "--steps" train --steps -3
expect 109 "--nothing" train --nothing

report
