#!/usr/bin/env python3
"""white_space_and_case.py OUT: sacreBLEU of lines with non-ASCII white space or capital letters.

OUT is a JSON list of {"line", "reference", "words", "lowercase", "cased", "chrf"}: words are those of 13a in lower case,
the scores sentence BLEU with and without lower case, and chrF.

    pip install sacrebleu==2.6.0 && ./white_space_and_case.py ../text/golden/white_space_and_case.json
"""
import json
import random
import sys
from importlib.metadata import version

from sacrebleu.metrics import BLEU, CHRF

assert version("sacrebleu") == "2.6.0"
random.seed(21)
words = ["ΟΔΟΣ", "ΣΟΦΙΑ", "Σ", "ΑΣ'", "ΑΣ.", "ΑΣ\u0301", "ΑΣΑ", "Α'Σ", "Σ\u00adΑ", "İSTANBUL", "İ", "I\u0307", "STRASSE",
         "STRAẞE", "ǅUNGLA", "ÀÉÎ", "ПРИВЕТ", "ԲԱՐԵՎ", "ꭰᎠ", "Ⅷ", "Ⓐ", "𐐀𐐁", "Ωmega", "K", "Å", "ﬁn", "don't", "3.5", "1,000-2", "&quot;A&amp;", "<skipped>", "x-", "日本語", "\u200b", "\ufeff", "😀"]
spaces = [" ", "  ", "\t", "\x0b", "\x0c", "\r", "\n", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0", "\u1680", "\u2003",
          "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"]
lower, cased, chrf = BLEU(lowercase=True, effective_order=True), BLEU(effective_order=True), CHRF()
lines = [("ΟΔΟΣ ΤΗΣ ΣΟΦΙΑΣ ΚΑΙ ΑΛΛΟΣ", "οδος της σοφιας και αλλος"), ("İ İ İ İ İ", "i i i i i"),
         ("İ i İ i İ", "i\u0307 i i\u0307 i i"), ("a-\n", "a-"), ("-\n-\n", "- -")]
for _ in range(100):
    line = [random.choice(words) for _ in range(random.randrange(1, 9))]
    other = [random.choice([w, w.lower(), w.upper(), random.choice(words)]) for w in line]
    lines.append(("".join(w + random.choice(spaces) for w in line), random.choice(spaces).join(other)))
out = [{"line": line, "reference": reference,
        "words": lower._preprocess_segment(line).split(),
        "lowercase": lower.sentence_score(line, [reference]).score,
        "cased": cased.sentence_score(line, [reference]).score,
        "chrf": chrf.sentence_score(line, [reference]).score} for line, reference in lines]
with open(sys.argv[1], "w", encoding="utf-8") as file:
    file.write("[\n" + ",\n".join(json.dumps(one) for one in out) + "\n]\n")
