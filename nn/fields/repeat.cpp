#include "repeat.h"

#include <unordered_set>

#include "../../graph/fail.h"

namespace heed::nn::detail {
namespace {

/// Throws Error for a parameter that an earlier layer has.
class SharedParameters : public fields::Reader {
 public:
  std::size_t layer = 0;

  void next_layer() {
    earlier_.merge(own_);
    own_.clear();
    ++layer;
  }

 private:
  void parameter(const Parameter& parameter) override {
    if (!heed::detail::is_valid(parameter)) return;
    const void* body = &heed::detail::body_of(parameter);
    if (earlier_.contains(body))
      fail(
          "repeat: layer {} shares {} with an earlier layer: a copy of a layer shares its parameters, so build it "
          "inside the function",
          layer, path());
    own_.insert(body);
  }
  bool checks() const override { return false; }  // layers of wrong sizes throw at their first use

  std::unordered_set<const void*> earlier_, own_;
};

}  // namespace

void expect_unshared(const std::vector<AnyLayer>& layers) {
  SharedParameters reader;
  for (const AnyLayer& layer : layers) {
    layer.read(reader);
    reader.next_layer();
  }
}

}  // namespace heed::nn::detail
