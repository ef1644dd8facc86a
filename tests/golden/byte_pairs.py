#!/usr/bin/env python3
"""byte_pairs.py CORPUS OUT: byte pair encoding by subword-nmt, learned from the first lines of a corpus and
applied to them.

CORPUS is corpus.en of subword-nmt's tests. OUT gets byte_pairs.txt (the text), byte_pairs_merges.txt (learn_bpe with
400 merges) and byte_pairs_cut.txt (apply_bpe with them).

    pip install subword-nmt==0.3.8 && ./byte_pairs.py corpus.en ../text/golden
"""
import pathlib
import sys
from importlib.metadata import version

from subword_nmt.apply_bpe import BPE
from subword_nmt.learn_bpe import learn_bpe

assert version("subword-nmt") == "0.3.8"
corpus, out = map(pathlib.Path, sys.argv[1:])
lines = corpus.read_text(encoding="utf-8").split("\n")[:120]
# Repeated letters, non-ASCII characters, spaces at the ends, which no line of the corpus has.
lines += ["aaaa aaa aaaaa aaaaaaa banana bananana", " é è é\u00e9 naïve naïveté  力力 力 ", "x", ""]
text = "\n".join(lines) + "\n"
(out / "byte_pairs.txt").write_text(text, encoding="utf-8")
with open(out / "byte_pairs.txt", encoding="utf-8") as source, \
        open(out / "byte_pairs_merges.txt", "w", encoding="utf-8") as target:
    learn_bpe(source, target, 400)
with open(out / "byte_pairs_merges.txt", encoding="utf-8") as codes:
    bpe = BPE(codes)
(out / "byte_pairs_cut.txt").write_text("".join(bpe.process_line(line + "\n") for line in lines), encoding="utf-8")
