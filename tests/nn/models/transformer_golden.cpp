// Comparison with PyTorch's MultiheadAttention, TransformerEncoderLayer and TransformerDecoderLayer, outputs and
// gradients. The files were written by tests/golden/transformer.py.
#include <heed/heed.h>

#include <map>

#include "catch.h"
#include "golden_folder.h"
#include "nn/difference.h"

using namespace heed;

namespace {

using Golden = std::map<std::string, Tensor>;

/// Returns PyTorch's name of a parameter, and its index among the query, key and value in one tensor.
std::pair<std::string, int> name_and_part(std::string path) {
  const auto replace = [&](const std::string& ours, const std::string& theirs) {
    if (const std::size_t at = path.find(ours); at != std::string::npos) path.replace(at, ours.size(), theirs);
  };
  const bool decodes = path.starts_with("decoder.");
  replace("decoder.", "");
  replace("cross_attention_residual.norm.scale", "norm2.weight");
  replace("cross_attention_residual.norm", "norm2");
  replace("feed_forward_residual.norm.scale", decodes ? "norm3.weight" : "norm2.weight");
  replace("feed_forward_residual.norm", decodes ? "norm3" : "norm2");
  replace("attention_residual.norm.scale", "norm1.weight");
  replace("attention_residual.norm", "norm1");
  replace("cross_attention.", "multihead_attn.");
  replace("attention.", "self_attn.");
  replace("feed_forward.up", "linear1");
  replace("feed_forward.down", "linear2");
  replace("output.", "out_proj.");
  int part = -1;
  for (const char* ours : {"query.", "key.", "value."}) {
    const bool found = path.find(ours) != std::string::npos;
    replace(ours, "in_proj_");
    if (found) part = ours[0] == 'q' ? 0 : ours[0] == 'k' ? 1 : 2;
  }
  return {path, part};
}

Tensor golden_part(const Golden& golden, const std::string& kind, const std::string& path) {
  const auto [name, part] = name_and_part(path);
  const Tensor& whole = golden.at(kind + name);
  if (part < 0) return whole;
  const std::int64_t rows = whole.size(0) / 3;
  return contiguous(slice(whole, 0, part * rows, (part + 1) * rows));
}

Sequences lengths(const Golden& golden, const std::string& name) {
  const auto values = golden.at(name).to_vector<std::int64_t>();
  return Sequences(std::span(values));
}

/// call(layer, x, memory, sequences, memory_sequences), in float32 and float64.
template <class Layer, class Call>
void compare(const std::string& name, const std::string& prefix, const Layer& model, const Call& call) {
  INFO(name);
  const auto file = io::load_tensors(golden_folder() + "/transformer/" + name + ".safetensors");
  const Golden golden(file.tensors.begin(), file.tensors.end());
  for (const DType dtype : {float32, float64}) {
    const double tolerance = dtype == float32 ? 1e-5 : 3e-12;  // the norms' epsilon is a float32
    auto layer = nn::to(model, dtype);
    nn::eval(layer);
    for (const auto& [path, parameter] : nn::named_parameters(layer))
      no_grad([&, &p = path, &to = parameter] { assign(to, cast(golden_part(golden, "model.", prefix + p), dtype)); });
    const Tensor x = cast(golden.at("x"), dtype).detach(), memory = cast(golden.at("memory"), dtype).detach();
    x.require_grad();
    memory.require_grad();
    const Tensor y = call(layer, x, memory, lengths(golden, "lengths"), lengths(golden, "memory_lengths"));
    CHECK(difference(y, golden.at("y")) < tolerance);
    backward(y, cast(golden.at("dy"), dtype));
    CHECK(difference(x.grad(), golden.at("dx")) < tolerance);
    if (golden.contains("dmemory")) CHECK(difference(memory.grad(), golden.at("dmemory")) < tolerance);
    for (const auto& [path, parameter] : nn::named_parameters(layer)) {
      INFO(path);
      CHECK(difference(parameter.grad(), golden_part(golden, "gradient.", prefix + path)) < tolerance);
    }
  }
}

constexpr auto with_memory = [](const auto& f, const Tensor& x, const Tensor& memory, const Sequences& s,
                                const Sequences& of_memory) {
  return f(x, nn::Pass(s, {}, nn::Memory{memory, of_memory}));
};

}  // namespace

TEST_CASE("attention layers equal PyTorch's, outputs and gradients", "[nn]") {
  const nn::MultiHeadAttention<> attention{.width = 12, .heads = 3};
  compare("self_attention", "", attention,
          [](const auto& f, const Tensor& x, const Tensor&, const Sequences& s, const Sequences&) { return f(x, s); });
  compare("causal_attention", "", attention,
          [](const auto& f, const Tensor& x, const Tensor&, const Sequences& s, const Sequences&) {
            return f(x, nn::Pass(s, {.mask = causal()}));
          });
  compare("cross_attention", "", nn::CrossAttention{.width = 12, .heads = 3}, with_memory);
}

template <class Residual>
void compare_layers(const std::string& name) {
  const nn::MultiHeadAttention<> attention{.width = 12, .heads = 3};
  const nn::CrossAttention cross_attention{.width = 12, .heads = 3};
  const nn::FeedForward feed_forward{.width = 12};
  const Residual residual{.width = 12};
  compare("encoder_" + name, "",
          nn::EncoderLayer{.attention = attention,
                           .feed_forward = feed_forward,
                           .attention_residual = residual,
                           .feed_forward_residual = nn::clone(residual)},
          with_memory);
  compare("decoder_" + name, "decoder.",
          nn::DecoderLayer{.attention = attention,
                           .cross_attention = cross_attention,
                           .feed_forward = feed_forward,
                           .attention_residual = residual,
                           .cross_attention_residual = nn::clone(residual),
                           .feed_forward_residual = nn::clone(residual)},
          with_memory);
}

TEST_CASE("encoder and decoder layers equal PyTorch's, outputs and gradients", "[nn]") {
  compare_layers<nn::PreNorm<>>("before");
  compare_layers<nn::PostNorm<>>("after");
}
