#!/usr/bin/env bash
# bert.sh PROGRAM PAGE: the commands of examples/bert on a small text of one's own (PAGE) and small tables; what they
# answer to mistakes; and that an interrupt ends training cleanly.
set -euo pipefail
program=$1 page=$2
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"

# A text: what stands in the page between empty lines.
cp "$page" page.txt
small=(--vocabulary 300 --width 16 --depth 1 --heads 2 --batch 256)
expect 0 "12 steps" pretrain --text page.txt --out model --steps 12 "${small[@]}"
for file in model.safetensors config.json vocab.txt; do check "no model/$file" test -s "model/$file"; done

# Two classes that one word tells apart.
{
  printf 'text\tlabel\n'
  for i in {1..32}; do printf 'a test of heed %s\ttest\na layer of heed %s\tlayer\n' "$i" "$i"; done
} >train.tsv
expect 0 "accuracy on train.tsv: 1.0000" finetune --model model --train train.tsv --test train.tsv --out classes --epochs 20 --rate 0.01
expect 0 "a test" classify --model classes < <(echo "a test of heed 7")
share=$("$program" classify --model classes <<<"a test of heed 7" | sed -n 's/^ *test \([0-9.]*\).*/\1/p')
check "classify: expected test with at least 0.9, got '$share'" awk -v share="$share" 'BEGIN { exit !(share >= 0.9) }'
expect 0 "    " fill --model model < <(echo "a [MASK] is a plain struct")

# Mistakes.
expect 1 "nowhere.txt cannot be read: No such file" pretrain --text nowhere.txt --out other
: >empty.txt
expect 1 "empty.txt contains no text" pretrain --text empty.txt --out other
printf 'fine\nbad \377 byte\n' >latin.txt
expect 1 "latin.txt: line 2 is not valid UTF-8 at byte 5" pretrain --text latin.txt --out other
check "a model came out of a mistake" test ! -e other/model.safetensors
expect 1 "nowhere/vocab.txt cannot be read: No such file" finetune --model nowhere --train train.tsv
expect 1 "train.tsv has no column sentence: its first line names text, label" finetune --model model --train train.tsv --text-column sentence
printf 'text\tlabel\nsome words\tother\n' >unknown.tsv
expect 1 "unknown.tsv, line 2: the label other is not one of layer, test" finetune --model model --train train.tsv --test unknown.tsv
printf 'text\tlabel\n \ttest\n' >blank.tsv
expect 1 "blank.tsv, line 2: the text in column text is empty" finetune --model model --train blank.tsv
printf 'text\tlabel\nwords\t \n' >unlabelled.tsv
expect 1 "unlabelled.tsv, line 2: the label in column label is empty" finetune --model model --train unlabelled.tsv
printf 'one page\n\nanother page\n' >few.txt
expect 1 "documents, of which " pretrain --text few.txt --out other
expect 1 "has no [MASK] to fill in" fill --model model < <(echo "nothing to fill in")
expect 109 "--nothing" pretrain --nothing
expect 105 "--steps" pretrain --steps -3
expect 106 "subcommand" # CLI11's statuses
long=$(printf 'x%.0s' {1..10000})
expect 0 "$long" classify --model classes < <(echo "$long")
printf 'a page\n\n%s\n\nanother page of words\n' "$long" >long.txt
cat page.txt >>long.txt
expect 0 "3 steps" pretrain --text long.txt --out long --steps 3 "${small[@]}"
echo '{"vocabulary": 3}' >long/config.json
expect 1 "BertForPretraining has no field vocabulary" fill --model long </dev/null

# An interrupt ends after a step, and what was learned is kept.
"$program" pretrain --text page.txt --out cut --steps 1000000 "${small[@]}" >cut.log 2>&1 &
sleep 1.5
kill -INT $!
status=0
wait $! || status=$?
check "an interrupted run ends with 130, not $status" test "$status" = 130
check "an interrupt left no model" test -s cut/model.safetensors
check "after an interrupt: $(cat cut.log)" grep -q "steps, .* are in cut" cut.log

report
