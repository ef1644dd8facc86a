#include <heed/text/metrics/bleu.h>
#include <heed/text/metrics/chrf.h>

#include <cmath>

#include "catch.h"
#include "translation_vectors.h"

using namespace heed;
using namespace heed::text;
using Catch::Matchers::Contains;

namespace {

void smooth(BleuOptions& options, const std::string& how) {
  options.smoothing = how == "none"    ? Smoothing::none
                      : how == "floor" ? Smoothing::floor
                      : how == "add-k" ? Smoothing::add
                                       : Smoothing::exponential;
  options.smoothing_value = how == "add-k" ? 1 : 0.1;
}

Lines words(const std::string& line) { return tokenize_13a(line); }

}  // namespace

TEST_CASE("BLEU of a corpus with two references equals sacreBLEU's", "[text]") {
  const auto all = translation_vectors()["corpus_bleu"];
  const auto lines = all["hyps"].get<Lines>();
  const auto references = all["refs"].get<std::vector<Lines>>();
  for (const auto& one : all["cases"]) {
    BleuOptions options{.tokenize = one["tokenize"] == "13a"};
    smooth(options, one.value("smooth", "exp"));
    BleuCounts counts;
    for (std::size_t i = 0; i < lines.size(); ++i)
      counts += bleu_counts(lines[i], Lines{references[0][i], references[1][i]}, options);
    CHECK(std::abs(bleu(counts, options) - one["score"].get<double>()) < 1e-5);
  }
}

TEST_CASE("BLEU of sentences equals sacreBLEU's", "[text]") {
  const auto all = translation_vectors()["sentence_bleu_effective_order"];
  const Lines lines{all["hyp"].get<std::string>()}, references{all["ref"].get<std::string>()};
  REQUIRE(all["cases"].size() == 9);
  for (const auto& one : all["cases"]) {
    BleuOptions options{
        .lowercase = one["lowercase"].get<bool>(), .tokenize = one["tokenize"] == "13a", .effective_order = true};
    smooth(options, one["smooth"].get<std::string>());
    if (!one["value"].is_null()) options.smoothing_value = one["value"].get<double>();
    CAPTURE(one.dump());
    CHECK(std::abs(bleu(lines, references, options) - one["score"].get<double>()) < 1e-3);
  }
}

TEST_CASE("BLEU's counts, and scores computed from them", "[text]") {
  const auto all = translation_vectors();
  const auto statistics = all["statistics"];
  const BleuCounts counts =
      bleu_counts(statistics["hyp"].get<std::string>(), Lines{statistics["ref"].get<std::string>()});
  for (std::size_t n = 0; n < 4; ++n) {
    CHECK(counts.matches[n] == statistics["counts"][n].get<std::int64_t>());
    CHECK(counts.totals[n] == statistics["totals"][n].get<std::int64_t>());
  }
  const auto given = all["scoring_from_statistics"];
  BleuCounts known{.length = given["sys_len"].get<std::int64_t>(),
                   .reference_length = given["ref_len"].get<std::int64_t>()};
  for (std::size_t n = 0; n < 4; ++n) {
    known.matches[n] = given["counts"][n].get<std::int64_t>();
    known.totals[n] = given["totals"][n].get<std::int64_t>();
  }
  CHECK(std::abs(bleu(known) / 100 - given["score"].get<double>()) < 1e-9);

  const Lines test{"this is a test"};
  CHECK(std::abs(bleu(test, test) - 100) < 1e-9);
  CHECK(bleu(Lines{"this is a test", "another test"}, Lines{"ref1", "ref2"}) == 0);
  CHECK(std::abs(bleu(Lines{"this is a fest"}, test, {.smoothing = Smoothing::floor, .smoothing_value = 0.01}) -
                 22.3606797749979) < 1e-9);
  CHECK(bleu(Lines{""}, test) == 0);
  CHECK(bleu(Lines{"test"}, test) == 0);
  CHECK(bleu(Lines{}, Lines{}) == 0);
  CHECK_THROWS_WITH(bleu(Lines{"a"}, Lines{}),
                    "bleu: there are 1 lines and 0 references, but their numbers must be equal");
  CHECK_THROWS_WITH(bleu_counts("a", Lines{}), "bleu_counts: there is no reference");
}

TEST_CASE("tokenizer of mteval-v13a", "[text]") {
  CHECK(words("Hello, world!") == Lines{"Hello", ",", "world", "!"});
  CHECK(words("It's 1,000.5 (3-4) well-known...") ==
        Lines{"It's", "1,000.5", "(", "3", "-", "4", ")", "well-known", ".", ".", "."});
  CHECK(words("&quot;a&quot; &lt;b&gt; &amp; c/d") == Lines{"\"", "a", "\"", "<", "b", ">", "&", "c", "/", "d"});
  CHECK(words("\u00e9.\u00e9 1.") == Lines{"\u00e9", ".", "\u00e9", "1", "."});
  CHECK(words("").empty());
}
