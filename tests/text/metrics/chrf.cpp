#include <heed/text/metrics/bleu.h>
#include <heed/text/metrics/chrf.h>

#include <cmath>

#include "catch.h"
#include "translation_vectors.h"

using namespace heed;
using namespace heed::text;
using Catch::Matchers::Contains;

TEST_CASE("chrF equals sacreBLEU's", "[text]") {
  const auto all = translation_vectors();
  for (const bool all_lengths : {true, false}) {
    const auto cases = all[all_lengths ? "chrf_c6_w0_b3_eps" : "chrf_c6_w0_b3_effective"]["cases"];
    REQUIRE(cases.size() >= 7);
    for (const auto& one : cases) {
      CAPTURE(one.dump(), all_lengths);
      const double score =
          chrf(one["hyps"].get<Lines>(), one["refs"].get<Lines>(), {.beta = 3, .all_lengths = all_lengths});
      CHECK(std::abs(score - one["score"].get<double>()) < 1e-4);
    }
  }
  CHECK(chrf(Lines{}, Lines{}) == 0);
  for (const double wrong : {-1.0, std::nan(""), HUGE_VAL}) {
    CHECK_THROWS_WITH(chrf(Lines{"a"}, Lines{"a"}, {.beta = wrong}), Contains("chrf: beta is "));
    CHECK_THROWS_WITH(bleu(Lines{"a"}, Lines{"a"}, {.smoothing_value = wrong}), Contains("bleu: smoothing_value is "));
  }
  CHECK_THROWS_WITH(chrf(Lines{}, Lines{"a"}),
                    "chrf: there are 0 lines and 1 references, but their numbers must be equal");
}
