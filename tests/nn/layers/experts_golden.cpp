// Comparison with Hugging Face's mixtures of experts. The files were written by tests/golden/experts.py.
#include <heed/heed.h>

#include <map>

#include "catch.h"
#include "golden_folder.h"
#include "nn/difference.h"

using namespace heed;

namespace {

using Golden = std::map<std::string, Tensor>;

template <class Layer>
void compare(const std::string& name, const Layer& given) {
  INFO(name);
  const auto file = io::load_tensors(golden_folder() + "/experts/" + name + ".safetensors");
  const Golden golden(file.tensors.begin(), file.tensors.end());
  for (const DType dtype : {float32, float64}) {
    const double tolerance = dtype == float32 ? 1e-5 : 2e-6;  // their routers compute in float32
    auto layer = nn::to(given, dtype);
    nn::eval(layer);
    layer.mode.training = layer.capacity_factor > 0;  // a capacity applies in training alone
    const auto has = [&](const std::string& path) {
      return !path.ends_with(".bias") || golden.contains("model." + path);
    };
    for (const auto& [path, parameter] : nn::named_parameters(layer))
      if (has(path))
        no_grad([&, &p = path, &to = parameter] { assign(to, cast(golden.at("model." + p), dtype)); });
      else
        no_grad([&, &to = parameter] { assign(to, 0); });
    for (const auto& [path, buffer] : nn::named_buffers(layer))
      if (golden.contains("model." + path)) assign(buffer, cast(golden.at("model." + path), dtype));
    const Tensor x = cast(golden.at("x"), dtype).detach().require_grad();
    const nn::Taps taps{layer};
    const Tensor y = layer(x);
    CHECK(difference(y, golden.at("y")) < tolerance);
    if (golden.contains("balance")) CHECK(difference(taps["switch_balance"], golden.at("balance")) < tolerance);
    if (golden.contains("router_z")) CHECK(difference(taps["router_z"], golden.at("router_z")) < tolerance);
    backward(y, cast(golden.at("dy"), dtype));
    CHECK(difference(x.grad(), golden.at("dx")) < tolerance);
    for (const auto& [path, parameter] : nn::named_parameters(layer)) {
      INFO(path);
      if (has(path)) CHECK(difference(parameter.grad(), golden.at("gradient." + path)) < tolerance);
    }
  }
}

}  // namespace

TEST_CASE("experts equal Hugging Face's Mixtral, DeepSeek V3 and Switch Transformers", "[nn][experts]") {
  compare("mixtral", nn::MixtureOfExperts<nn::SwigluFeedForward>{.width = 6, .count = 4, .hidden = 8});
  compare("deepseek",
          nn::MixtureOfExperts<nn::SwigluFeedForward, nn::SigmoidTopK>{
              .width = 6, .count = 4, .hidden = 8, .shared = 1, .router = {.width = 6, .count = 4, .scale = 2.5f}});
  compare("switch", nn::MixtureOfExperts<nn::ReluFeedForward, nn::Switch>{
                        .width = 6, .count = 4, .hidden = 8, .capacity_factor = 1});
}
