// Register tokens.
#pragma once

#include "../../ops/index/gather_rows.h"
#include "../../ops/sequences/sequences.h"
#include "../../ops/shape/shape.h"
#include "../../ops/shape/view.h"
#include "../attention/pass.h"
#include "../fields/expect.h"
#include "../fields/given.h"
#include "../fields/init.h"
#include "../fields/parameter.h"

namespace heed::nn {
namespace detail {

/// Indices for prepending all registers to each sequence: the rows of [registers, tokens] that form the longer
/// sequences, and the rows of the tokens in these.
struct RegisteredRows {
  Sequences sequences;
  Tensor longer, tokens;  // int64 [rows with registers], int64 [tokens]

  RegisteredRows(const Sequences& token_sequences, std::int64_t count);
};

/// Throws Error for a pass with a cache.
void expect_whole(AnyLayer layer, const Pass& pass);
[[noreturn, gnu::cold]] void wrong_registers(AnyLayer layer, const Tensor& weight);
template <fields::Layer L>
void expect_registers(const L& layer, const Tensor& weight) {
  if (heed::detail::is_valid(weight) && weight.shape() != Shape{layer.count, layer.width})
    wrong_registers(layer, weight);
}

}  // namespace detail

/// Register tokens: learned vectors that are prepended to each sequence and removed from the output, y = rows of tokens
/// in layers([r_1 ... r_count x_1 ... x_n]).  x, y: [tokens, width], weight: [count, width]. Empty sequences stay
/// empty. Darcet et al. 2023, arXiv:2309.16588, section 2.2, where they follow the patches of an image; prepended, they
/// are visible to causal attention too.
///   auto encoder = nn::WithRegisters{.width = 64, .layers = nn::Stack{...}};
/// Only for passes over whole sequences, not for decoding steps. The mask of the pass applies to the longer sequences,
/// whose first tokens are the registers: causal() and window(n) need no change, prefix(n) counts the registers, and
/// masks of tensors (documents, lengths, keep) must include them.
template <class Layers>
struct WithRegisters {
  static_assert(CalledWithPass<Layers>,
                "the field layers of WithRegisters is called with (x, pass): it must have Tensor operator()(const "
                "Tensor& x, const nn::Pass& pass) const");

  Size width, count = 4;
  float stddev = 0.02f;
  Layers layers;
  Parameter weight{{count, width}, normal_with(stddev)};

  Tensor operator()(const Tensor& x, const Pass& pass) const {
    expect_usable(*this);
    detail::expect_whole(*this, pass);
    expect_last_axis(*this, x, width);
    expect_rows(*this, "x", x, pass.sequences.tokens());
    const detail::RegisteredRows rows(pass.sequences, count);
    const Tensor longer = gather_rows(concat({weight, x}), rows.longer);
    Pass of_longer(rows.sequences, pass.options, pass.memory);
    of_longer.memory_options = pass.memory_options;
    return gather_rows(layers(longer, of_longer), rows.tokens);
  }

  void check() const {
    expect_at_least(*this, 0, width, count);
    detail::expect_registers(*this, weight);
  }
};

}  // namespace heed::nn
