#!/usr/bin/env python3
"""wordpiece.py BERT_VOCAB OUT: results of Hugging Face's BertWordPieceTokenizer on difficult texts.

BERT_VOCAB is a folder with Google's vocabularies (bert_base_{cased,uncased}_vocab.txt.gz) and sample_text.txt of
google-research/bert. OUT gets the file wordpiece.json, and small vocabularies made from Google's.

    pip install tokenizers==0.23.3 && ./wordpiece.py BERT_VOCAB ../text/golden
"""
import gzip
import json
import pathlib
import random
import sys
import unicodedata

import tokenizers
from tokenizers import BertWordPieceTokenizer, normalizers, pre_tokenizers

source, out = map(pathlib.Path, sys.argv[1:])
assert tokenizers.__version__ == "0.23.3"
draw = random.Random(1)

# Characters whose category is unchanged since Unicode 3.2, as the tables in tokenizers 0.23.3 are of different
# versions.
OLD = [chr(c) for c in range(1, 0x110000) if not 0xD800 <= c < 0xE000
       and unicodedata.ucd_3_2_0.category(chr(c)) not in ("Cn", "Co")
       and unicodedata.ucd_3_2_0.category(chr(c)) == unicodedata.category(chr(c))
       and unicodedata.ucd_3_2_0.normalize("NFD", chr(c)) == unicodedata.normalize("NFD", chr(c))]
RARE = [c for c in OLD if not "\u3400" <= c <= "\u9fff" and not "\uac00" <= c <= "\ud7a3" and c < "\U00020000"]


def random_text():
    words = ("".join(draw.choices(draw.choice([RARE, OLD, "abcXYZ", "aeiouéüñå", "\u0301\u0323\u0308e"]),
                                  k=draw.randint(1, 6))) for _ in range(draw.randint(1, 8)))
    return draw.choice([" ", "", "\t", "-"]).join(words)


lines = (source / "sample_text.txt").read_text().splitlines()
texts = lines + [
    "", " ", "\n\t\r ", "a", "##", "##ing", "[", "[MASK", "[MASK]", "[mask]", "The [MASK] is here.", "a[MASK]b[SEP][SEP]",
    "[CLS] one [SEP] two [PAD]", "[[UNK]]", "unaffable", "UNAFFABLE", "can't won't I'm", "x" * 99, "x" * 100, "x" * 101,
    "é" * 100, "é" * 101, "e\u0301" * 100, "e\u0301" * 101, "a" * 10000 + " word", "𝒜" * 100, "力" * 300,
    "Ünïcödé Ångström naïve café coöperate façade", "e\u0301 e\u0323\u0301 e\u0301\u0323", "\u0301", "\u0301\u0302 a",
    "İstanbul IĞDIR ıspanak", "Straße ẞ ﬁne ﬀ", "Σίσυφος ΟΔΥΣΣΕΥΣ ς", "Ё Й ё й", "ЖЗИ привет",
    "力加勝北区ᴵᴺᵀᵃছজটডণত", "ah博推zz", "こんにちは世界", "カタカナ がぎぐ", "한국어 텍스트", "\u1112\u1161\u11ab", "豈更車賈",
    "\U0002f800\U00020000", "㐀䶵 一龥", "ไทยภาษา", "हिन्दी में", "עִבְרִית", "العَرَبِيَّة", "Tiếng Việt",
    "👍🏽 👨‍👩‍👧 🇩🇪 ☺️ 💩!", "a\u200db\u200cc\u200bd\ufeffe\u00adf", "\u200e\u200f", "a\u0000b\u0001c\u007fd\u0085e\u009ff",
    "a\u00a0b\u2003c\u3000d\u2028e\u2029f\u1680g\u202fh", "a\u000bb\u000cc\u001cd\u001fe", "\ufffd a\ufffdb", "\ue000\uf8ff",
    "$100 + 5% = <x> ^y` {z} ~w |v| \\u", "“quotes” ‘single’ «guillemets» — – … ¿¡ § ¶ † €", "1,000.50 3/4 ½ ² №5 ™",
    "http://www.example.org/~user/?q=a&b=c#d", "C++ C# f(x) std::vector<int> v[3] a_b __init__", "libc6 (>= 2.34), 1:1.2.3~rc1+dfsg-2",
] + [random_text() for _ in range(100)]


def small_vocabulary(name):
    """Returns Google's short pieces, every twelfth of the rest, and those that start the texts."""
    pieces = gzip.open(source / f"bert_base_{name}_vocab.txt.gz", "rt").read().split("\n")[:-1]
    used = {p for t in lines for p in BertWordPieceTokenizer(
        {p: i for i, p in enumerate(pieces)}, lowercase=name == "uncased").encode(t).tokens}
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    kept = special + [p for i, p in enumerate(pieces) if p not in special and not p.startswith("[unused")
                      and (i % 12 == 0 or len(p.removeprefix("##")) == 1 and ord(p[-1]) < 0x2000 or p in used)]
    (out / f"{name}.txt").write_text("\n".join(kept) + "\n")
    return kept


golden = {"tokenizers": tokenizers.__version__, "encoded": [], "normalized": [], "trained": []}
for name in "uncased", "cased":
    kept = small_vocabulary(name)
    tokenizer = BertWordPieceTokenizer({p: i for i, p in enumerate(kept)}, lowercase=name == "uncased")
    tokenizer.decoder = tokenizers.decoders.WordPiece(cleanup=False)
    for text in texts:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        golden["encoded"].append({"vocabulary": name, "text": text, "ids": ids, "decoded": tokenizer.decode(ids)})

for lowercase in False, True:
    for strip in None, False, True:
        normalizer = normalizers.BertNormalizer(lowercase=lowercase, strip_accents=strip)
        for text in texts[-140::3]:
            normalized = normalizer.normalize_str(text)
            words = [word for word, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(normalized)]
            golden["normalized"].append({"lowercase": lowercase, "strip_accents": strip, "text": text,
                                         "normalized": normalized, "words": words})

for size in 300, 500, 800:
    tokenizer = BertWordPieceTokenizer(lowercase=True)
    tokenizer.train_from_iterator(lines, vocab_size=size, min_frequency=2, show_progress=False)
    vocabulary = tokenizer.get_vocab()
    golden["trained"].append({"vocabulary_size": size, "pieces": sorted(vocabulary, key=vocabulary.get)})

(out / "sample_text.txt").write_text("\n".join(lines) + "\n")
(out / "wordpiece.json").write_text(json.dumps(golden, indent=None, separators=(",", ":")).replace("},{", "},\n{") + "\n")
