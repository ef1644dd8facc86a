#include "given.h"

#include <algorithm>
#include <utility>

#include "../../graph/fail.h"
#include "expect.h"

namespace heed::nn::detail {
namespace {

/// Collects the widths of sublayers: "attention.width", "feed_forward.width", "attention_residual.width".
class Widths : public fields::Reader {
 public:
  std::string layer;
  std::vector<std::pair<std::string, std::int64_t>> found;

 private:
  void begin(const fields::LayerType& type, const void*) override {
    if (path().empty()) layer = type.name;
  }
  void hyperparameter(const fields::Value& value) override {
    const std::string_view field = path();
    const bool is_width = field.ends_with(".width") && std::count(field.begin(), field.end(), '.') == 1;
    if (is_width) found.emplace_back(field, std::get<std::int64_t>(value));
  }
  bool checks() const override { return false; }
};

}  // namespace

void not_given(std::string_view type) {
  fail("{}: it must be given, since it cannot be built from the sizes of the layer that contains it", type);
}

void unequal_widths(AnyLayer layer) {
  Widths widths;
  layer.read(widths);
  for (const auto& [path, width] : widths.found)
    if (width != widths.found[0].second)
      fail("{}: {} is {}, but {} is {}", widths.layer, widths.found[0].first, widths.found[0].second, path, width);
  fail("{}: its sublayers have unequal widths", widths.layer);
}

void wrong_branch(AnyLayer layer, const Tensor& x, const Tensor& y) {
  fail("{}: a sublayer returned {} for x of {}, but it must keep the shape", describe(layer), to_string(y.shape()),
       to_string(x.shape()));
}

}  // namespace heed::nn::detail
