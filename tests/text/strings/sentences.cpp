// Non-ASCII texts: sentences of other scripts, white space, lower case.
#include <heed/text/corpora/documents.h>
#include <heed/text/corpora/pretraining.h>
#include <heed/text/metrics/bleu.h>
#include <heed/text/metrics/chrf.h>
#include <heed/text/strings/sentences.h>
#include <heed/text/strings/unicode.h>
#include <heed/text/tokenizers/train_wordpiece.h>

#include <fmt/format.h>
#include <heed/graph/executor.h>
#include <fstream>

#include "catch.h"
#include "nn/temporary_folder.h"
#include "text/golden.h"

using namespace heed;
using namespace heed::text;

using Strings = std::vector<std::string>;
using Catch::Matchers::Message;

namespace {

/// Checks that the sentences joined by `between` are split into the same sentences.
void check_cut(const Strings& sentences, const std::string& between) {
  std::string paragraph;
  for (const std::string& sentence : sentences) paragraph += (paragraph.empty() ? "" : between) + sentence;
  CAPTURE(paragraph);
  CHECK(split_sentences(paragraph) == sentences);
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("sentences end after closing quotes and brackets of every kind", "[text]") {
  for (const std::string end : {"”", "’",  "»",  "«",  "“", "›",   "‹",  "）", ")",  "]", "}",
                                "⟩", "」", "』", "\"", "'", ".”)", "’”", "❞",  "〟", "】"})
    for (const std::string stop : {".", "!", "?", "…", "?!", "‽", "⁇"})
      check_cut({"He left" + stop + end, "She stayed."}, " ");
  check_cut({"“Good morning.”", "“You too!”", "(He left.)", "«Bonjour.»", "»Gut.«", "„Ja.“", "End"}, " ");
}

TEST_CASE("sentences begin with any letter but lower case, a number, a quote or a bracket", "[text]") {
  for (const std::string begin :
       {"“Yes”", "‘No’", "«Oui»", "„Ja“", "(So)", "[So]", "¿Qué?", "¡Ya!", "Ürgüp", "Éric", "Ω",
        "Жук",   "ǅ",    "日本",  "نعم",  "हाँ",   "ا",    "٣",     "３",   "…and",  "5",    "→"})
    check_cut({"It ends.", begin}, " ");
  for (const std::string small : {"über", "état", "ω", "жук", "and", "– so", "— so", ", so"})
    CHECK(split_sentences("It ends. " + small).size() == 1);
}

TEST_CASE("white space of every kind separates sentences and is trimmed", "[text]") {
  for (const std::string space :
       {" ", "\t", "\n", "\r\n", "\v", "\f", "\xC2\x85", "\xC2\xA0", "\u1680", "\u2000", "\u2003", "\u2009", "\u200A",
        "\u2028", "\u2029", "\u202F", "\u205F", "\u3000", "\u3000 \u00A0"}) {
    check_cut({"One.", "Two!", "Three?", "Four"}, space);
    CHECK(split_sentences(space + "One." + space) == Strings{"One."});
    CHECK(split_sentences(space).empty());
  }
}

TEST_CASE("the full stops of other scripts need no white space", "[text]") {
  for (const std::string between : {"", " ", "\u3000", "\u00A0"}) {
    check_cut({"他来了。", "她走了！", "真的吗？", "好｡", "「好。」", "他说。", "（完。）"}, between);
    check_cut({"यह एक है।", "दो॥", "तीन।"}, between);   // Devanagari
    check_cut({"هل هذا؟", "یہ ہے۔", "نعم"}, between);  // Arabic, Urdu
    check_cut({"Բարեւ։", "Այո։"}, between);            // Armenian
    check_cut({"ሰላም።", "እንዴት፧", "ደህና።"}, between);     // Ethiopic
    check_cut({"မင်္ဂလာပါ။", "ဟုတ်ကဲ့။"}, between);          // Burmese
    check_cut({"សួស្តី។", "បាទ៕"}, between);              // Khmer
    check_cut({"ᠮᠣᠩᠭᠣᠯ᠃", "ᠬᠡᠯᠡ᠃"}, between);          // Mongolian
  }
  CHECK(split_sentences("你好吗？！他问。。。") == Strings{"你好吗？！", "他问。。。"});
  CHECK(split_sentences("“你好。”他说。") == Strings{"“你好。”", "他说。"});
  CHECK(split_sentences("真的？，他说。") == Strings{"真的？，他说。"});
}

TEST_CASE("texts that are not split into sentences", "[text]") {
  for (const std::string whole : {"É. Zola", "А. С. Пушкин", "see (e.g. Bar)", "www.x.org", "3.14", "wait… and see",
                                  "a.b…c", "Yahoo!Mail", "（e.g. Bar）", "…", "。", "?!?!", "３．１４"})
    CHECK(split_sentences(whole) == Strings{whole});
  CHECK(split_sentences(std::string("A\0. B", 5)).size() == 2);
  for (const std::string bytes : {"\xFF", "\xC3", "\xED\xA0\x80", "\xEF\xBF\xBF", "\xEF\xBF\xBD", "\xC0\xAE"})
    CHECK(split_sentences("One." + bytes + " Two. " + bytes) == Strings{"One." + bytes + " Two.", bytes});
}

TEST_CASE("every character with Sentence_Terminal ends a sentence", "[text]") {
  for (const char32_t stop : {U'।', U'॥', U'։', U'؟', U'۔',  U'܀',  U'߹',  U'።',  U'፧',  U'፨', U'᙮', U'᠃', U'᠉',
                              U'᥄', U'᪨', U'᭚', U'᰻', U'᱾',  U'⸮',  U'。', U'꓿',  U'꘎',  U'꛳', U'꡶', U'꣎', U'꤯',
                              U'꧈', U'꩝', U'꫰', U'꯫', U'︒', U'﹖', U'﹗', U'！', U'？', U'｡', U'𑁇', U'𑅁'}) {
    std::string first = "A";
    append_character(first, stop);
    CAPTURE(static_cast<std::uint32_t>(stop));
    check_cut({first, "B"}, "");
    check_cut({first, "B"}, " ");
  }
}

TEST_CASE("Chinese documents give pairs of label 0", "[text]") {
  std::vector<Strings> documents;
  for (int i = 0; i < 200; ++i) documents.push_back({"他来了。她走了。你好吗？我很好！今天下雨。明天晴。"});
  const WordPiece vocabulary = train_wordpiece(documents[0], {.vocabulary_size = 60});
  const std::vector<Sentences> sentences = encode_sentences(documents, vocabulary);
  CHECK(sentences[0].size() == 6);
  const PretrainingEpoch epoch(sentences, vocabulary, {.max_length = 24, .batch_tokens = 100'000}, 0);
  double next = 0;
  const auto labels = epoch.batch(0).next_labels.to_vector<std::int64_t>();
  for (const std::int64_t label : labels) next += label == 0;
  CHECK(next / static_cast<double>(labels.size()) == Approx(0.5).margin(0.1));
}

TEST_CASE("lines of any white space separate documents and are not texts", "[text]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("text");
  for (const std::string space : {"", " \t", "\v", "\f", "\xC2\x85", "\u00A0", "\u1680", "\u2003", "\u2028", "\u202F",
                                  "\u205F", "\u3000", " \u3000\u00A0\f"}) {
    std::ofstream(path, std::ios::binary) << "one\ntwo\n" << space << "\nthree\n";
    const std::vector<Document> documents = read_documents(path);
    REQUIRE(documents.size() == 2);
    CHECK(documents[0].paragraphs == Strings{"one", "two"});
    if (space.empty()) continue;
    std::ofstream(path, std::ios::binary) << "text\tlabel\n" << (space == " \t" ? " " : space) << "\tx\n";
    CHECK_THROWS_WITH(read_tsv(path, "text", "label"), path + ", line 2: the text in column text is empty");
  }
}

TEST_CASE("BLEU and chrF handle white space and lower case like Python", "[text]") {
  const auto cases = golden_json("white_space_and_case.json");
  REQUIRE(cases.size() > 100);
  for (const auto& one : cases) {
    CAPTURE(one.dump());
    const Strings line{one["line"].get<std::string>()}, reference{one["reference"].get<std::string>()};
    CHECK(bleu(line, reference, {.lowercase = true, .effective_order = true}) ==
          Approx(one["lowercase"].get<double>()).margin(1e-9));
    CHECK(bleu(line, reference, {.effective_order = true}) == Approx(one["cased"].get<double>()).margin(1e-9));
    CHECK(chrf(line, reference) == Approx(one["chrf"].get<double>()).margin(1e-9));
  }
}

TEST_CASE("splitting into sentences", "[text]") {
  CHECK(text::split_sentences("One here. Two there! Is it? Yes.") ==
        Strings{"One here.", "Two there!", "Is it?", "Yes."});
  CHECK(text::split_sentences("Uses libfoo 1.2. It (e.g. Bar) needs www.x.org. and more") ==
        Strings{"Uses libfoo 1.2.", "It (e.g. Bar) needs www.x.org. and more"});
  CHECK(text::split_sentences("Dr. Who et al. Said \"so.\" Then J. R. left.") ==
        Strings{"Dr. Who et al. Said \"so.\"", "Then J. R. left."});
  CHECK(text::split_sentences("Ends. \xc3\x9c"
                              "ber alles.  ") == Strings{"Ends.",
                                                         "\xc3\x9c"
                                                         "ber alles."});
  CHECK(text::split_sentences("  ").empty());
  CHECK(text::split_sentences("...").size() == 1);
}
