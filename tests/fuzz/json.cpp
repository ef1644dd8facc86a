// Any text as the hyperparameters of a nested model with every kind of field. The JSON of a model that was built builds
// an equal model.
#include <heed/nn/fields/json.h>
#include <heed/nn/fields/one_of.h>
#include <heed/nn/fields/repeat.h>
#include <heed/nn/layers/linear.h>

#include <optional>

#include "loaders.h"

namespace fuzz {

using namespace heed;

enum class Norm { before, after };

/// Layer without parameters, so that any size needs no memory.
struct Block {
  Size width, hidden = width + 1;
  float epsilon = 1e-5f;
  Norm norm = Norm::after;
  std::string name = "block";
};

struct Other {
  double rate = 0.5;
};

/// Model whose number of blocks depends on the depth, bounded to limit memory, with parameters that can be shared.
struct Model {
  Size width, depth = 2;
  double rate = 0.1;
  bool biased = true;
  std::string name = "model";
  std::vector<Block> blocks =
      nn::repeat(depth < 0 || depth > 4 ? 4 : std::int64_t{depth}, [&](int) { return Block{.width = width / 2}; });
  nn::OneOf<Block, Other> either = Other{};
  std::optional<Block> last = std::nullopt;
  nn::Parameter first = ones({2}), second = ones({2});
};

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::only_errors([&] {
    const auto model = heed::nn::from_json<fuzz::Model>(fuzz::text_of(bytes, size));
    const std::string json = heed::nn::to_json(model);
    fuzz::require(heed::nn::to_json(heed::nn::from_json<fuzz::Model>(json)) == json);
  });
}
