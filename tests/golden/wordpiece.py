"""Makes tests/golden/wordpiece/: a small vocabulary, and texts with what Hugging Face's BertWordPieceTokenizer makes of them.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install tokenizers==0.23.3
    /tmp/golden/bin/python tests/golden/wordpiece.py
"""
import json
import pathlib
import random

from tokenizers import BertWordPieceTokenizer

folder = pathlib.Path(__file__).parent / "wordpiece"
corpus = [
    "The quick brown fox jumps over the lazy dog, and the dog sleeps on; foxes jump again and again.",
    "Attention weights are computed by a softmax over the scores of queries and keys.",
    "Recurrent networks read a sentence word by word; transformers read all words at once.",
    "Café, naïve, jalapeño and Ångström keep or lose their accents. ÜBER uber über.",
    "Version 1.2.3 of libfoo-dev (>= 4:5.6~rc1) costs $7.50 + tax = 100% @home #tag under_score.",
    "東京 is the capital of 日本, 北京 of 中国; こんにちは and 안녕하세요 are greetings.",
] * 3
texts = [
    "", " ", "the", "The quick brown fox", "unaffable foxes jumping", "Café CAFÉ cafe\u0301 na\u00efve", "ΑΒΓ Ωμέγα ς Σ",
    "東京tower日本", "こんにちは안녕하세요", "a\tb\nc\rd\u00a0e\u3000f", "zero\u200bwidth\ufeffjoin", "control\x00\x01\x7fcharacters\x85",
    "emoji 😀👩‍👩‍👧 fox", "punctuation!?…—“quoted”‘x’¿¡$+<=>^`|~", "under_score hy-phen don't", "x" * 100, "x" * 101, "the " + "fox" * 4000,
    "[CLS] fox [SEP] [MASK] dog [UNK] [PAD]", "[mask] [ CLS ]", "İstanbul ISTANBUL ıI ß ﬁ Ⅷ ²", "ｆｕｌｌ ｗｉｄｔｈ ，。", "\ufffd lost \ue000 private",
    "a\u0300\u0301\u0302b q\u0307\u0323", "\U0001d400 \U00020000 \U0002ffff", "12,345.67 3.14e-10", "עברית عربى हिन्दी ไทย", "\u00ad soft\u00adhyphen",
]
random.seed(1)
alphabet = "aeinostr THE.,-_'é日\u0301\u200d😀\t"
texts += ["".join(random.choice(alphabet) for _ in range(random.randrange(1, 40))) for _ in range(40)]

trained = BertWordPieceTokenizer(lowercase=True)
trained.train_from_iterator(corpus, vocab_size=300, min_frequency=2, show_progress=False)
pieces = [piece for piece, _ in sorted(trained.get_vocab().items(), key=lambda entry: entry[1])]
(folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
samples = []
for lowercase in (True, False):
    tokenizer = BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=lowercase)
    for text in texts:
        samples.append({"lowercase": lowercase, "text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids})
(folder / "samples.json").write_text(json.dumps({"corpus": corpus, "samples": samples}, ensure_ascii=True, indent=0) + "\n")
