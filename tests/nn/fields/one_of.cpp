#include <heed/heed.h>

#include "catch.h"
#include "nn/difference.h"

using namespace heed;

namespace {

using Part = nn::OneOf<nn::FeedForward, nn::SwigluFeedForward>;

struct Two {
  Size width;
  Part first = [this] { return nn::FeedForward{.width = width}; }();
  std::vector<Part> more = nn::repeat(2, [this](int i) -> Part {
    if (i == 0) return nn::SwigluFeedForward{.width = width, .hidden = 6};
    return nn::FeedForward{.width = width, .hidden = 5};
  });

  Tensor operator()(const Tensor& x) const { return more[1](more[0](first(x))); }
};

}  // namespace

TEST_CASE("OneOf adds nothing to paths", "[nn]") {
  const Two two{.width = 4};
  std::vector<std::string> paths;
  for (const auto& [path, parameter] : nn::named_parameters(two)) paths.push_back(path);
  CHECK(paths == std::vector<std::string>{"first.up.weight", "first.up.bias", "first.down.weight", "first.down.bias",
                                          "more.0.gate.weight", "more.0.up.weight", "more.0.down.weight",
                                          "more.1.up.weight", "more.1.up.bias", "more.1.down.weight",
                                          "more.1.down.bias"});
}

TEST_CASE("OneOf passes nn::check", "[nn]") {
  const auto report = nn::check(Two{.width = 4}, normal({3, 4}));
  INFO(report.text());
  CHECK(report);
}

TEST_CASE("a OneOf is itself a model", "[nn]") {
  Part part = nn::FeedForward{.width = 4};
  CHECK(nn::parameter_count(part) == 4 * 16 + 16 + 16 * 4 + 4);
  CHECK(std::holds_alternative<nn::FeedForward>(part.variant()));
  part = nn::SwigluFeedForward{.width = 4};
  CHECK(std::get<nn::SwigluFeedForward>(part.variant()).width == 4);
}
