#include <heed/graph/error.h>
#include <heed/text/metrics/bleu.h>
#include <heed/text/metrics/chrf.h>
#include <heed/train/translation_quality.h>

#include <array>
#include <limits>

#include "catch.h"

using namespace heed;

namespace {

const std::vector<std::string> sources{"one", "a b c", "a b c d", "a b c d e f g h i"};
const std::vector<std::string> translations{"uno", "the cat sat down", "the dog ran away", "it rains in the old town"};
const std::vector<std::string> references{"uno", "the cat sat here", "a dog ran far away", "it rains in the old city"};

}  // namespace

TEST_CASE("translation_quality gives corpus BLEU and chrF with confidence intervals", "[train]") {
  const train::TranslationQuality quality = train::translation_quality(sources, translations, references);
  CHECK(quality.bleu.value == text::bleu(translations, references));
  CHECK(quality.chrf.value == text::chrf(translations, references));
  CHECK(quality.bleu.low <= quality.bleu.value);
  CHECK(quality.bleu.value <= quality.bleu.high);
  CHECK(quality.chrf.low < quality.chrf.high);
  CHECK(quality.by_length.empty());
  const train::TranslationQuality one =
      train::translation_quality(sources, translations, references, {}, {.samples = 1});
  CHECK(one.chrf.value == quality.chrf.value);
  CHECK(one.chrf.low == one.chrf.high);
}

TEST_CASE("translation_quality by the number of words of the source", "[train]") {
  const std::array<std::int64_t, 3> min_words{2, 4, 20};
  const auto rows = train::translation_quality(sources, translations, references, min_words).by_length;
  REQUIRE(rows.size() == 2);  // no source has 20 words, and one with a single word is in no class
  const auto of = [](std::size_t begin, std::size_t end) {
    return text::chrf(std::span(translations).subspan(begin, end - begin),
                      std::span(references).subspan(begin, end - begin));
  };
  CHECK(rows[0].min_words == 2);
  CHECK(rows[0].max_words == 3);
  CHECK(rows[0].sentences == 1);
  CHECK(rows[0].chrf == of(1, 2));
  CHECK(rows[1].min_words == 4);
  CHECK(rows[1].max_words == 19);
  CHECK(rows[1].sentences == 2);
  CHECK(rows[1].chrf == of(2, 4));
  const std::array<std::int64_t, 1> all{0};
  const auto whole = train::translation_quality(sources, translations, references, all).by_length;
  REQUIRE(whole.size() == 1);
  CHECK(whole[0].max_words == std::numeric_limits<std::int64_t>::max());
  CHECK(whole[0].bleu == text::bleu(translations, references));
}

TEST_CASE("translation_quality rejects lists that do not fit", "[train]") {
  CHECK_THROWS_WITH(train::translation_quality(sources, std::span(translations).first(3), references),
                    "translation_quality: there are 4 sources, 3 translations and 4 references, but their numbers must "
                    "be equal");
  CHECK_THROWS_WITH(train::translation_quality({}, {}, {}),
                    "translation_quality: there are no sentences, but there must be at least one");
  const std::array<std::int64_t, 3> falling{1, 6, 6};
  CHECK_THROWS_WITH(train::translation_quality(sources, translations, references, falling),
                    "translation_quality: min_words is 1, 6, 6, but it must be ascending");
}
