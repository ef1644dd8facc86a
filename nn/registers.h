#pragma once

#include "../ops/index.h"
#include "../ops/sequences.h"
#include "../ops/shape.h"
#include "../ops/view.h"
#include "expect.h"
#include "given.h"
#include "init.h"
#include "parameter.h"
#include "pass.h"

namespace heed::nn {
namespace detail {

/// Which rows of [registers, tokens] stand in sequences that begin with all registers, and where the tokens then are.
struct RegisteredRows {
  Sequences sequences;
  Tensor longer, tokens;  // int64 [rows with registers], int64 [tokens]

  RegisteredRows(const Sequences& of_tokens, std::int64_t count);
};

/// Throws Error for a pass with a cache.
void expect_whole(AnyLayer layer, const Pass& pass);
[[noreturn, gnu::cold]] void wrong_registers(AnyLayer layer, const Tensor& weight);
template <fields::Layer L>
void expect_registers(const L& layer, const Tensor& weight) {
  if (heed::detail::is_made(weight) && weight.shape() != Shape{layer.count, layer.width})
    wrong_registers(layer, weight);
}

}  // namespace detail

/// Learned vectors in front of each sequence, at which the layers can keep what belongs to no token; the output has the
/// tokens alone: y = rows of tokens in layers([r_1 ... r_count x_1 ... x_n]).  x, y: [tokens, width], weight: [count,
/// width]. An empty sequence stays empty. Darcet et al. 2023, arXiv:2309.16588, section 2.2, who put them behind the
/// patches of an image; in front, a causal model reads them too.
///   auto encoder = nn::WithRegisters{.width = 64, .layers = nn::Stack{...}};
/// It is called in passes over whole sequences, not in steps of generation. The mask of the pass is that of the longer
/// sequences, whose first tokens are the registers: causal() and window(n) hold as they are, prefix(n) counts them, and
/// masks of tensors (documents, lengths, keep) must be made for them.
template <class Layers>
struct WithRegisters {
  static_assert(CalledWithPass<Layers>,
                "the field layers of WithRegisters is called with (x, pass): it must have Tensor operator()(const "
                "Tensor& x, const nn::Pass& pass) const");

  Size width, count = 4;
  float deviation = 0.02f;
  Layers layers;
  Parameter weight{{count, width}, normal_with(deviation)};

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
