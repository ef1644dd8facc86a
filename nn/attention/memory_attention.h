// Attention of recurrent decoders over an encoder's states, the memory. Each layer scores every pair of a decoder state
// s[i] and a memory state m[j] of the same sequence, and averages the memory weighted by the softmax of the scores:
//   y[i] = sum over j of w[i, j] m[j],  w[i, j] = softmax over j of score(s[i], m[j])
// s: [tokens, width], m: [memory tokens, memory_width], y: [tokens, memory_width]. The weights w are tapped as
// "weights", [pairs] as in ops/sequences/pairs.h. A state whose memory is empty gets zeros.
//
// The keys depend on the memory alone, and can be computed once for many steps:
//   Tensor keys = attention.keys(memory);   y = attention.attend(s, keys, memory, sequences, memory_sequences);
#pragma once

#include "../../ops/sequences/pairs.h"
#include "../../ops/shape/view.h"
#include "../fields/taps.h"
#include "../layers/linear.h"

namespace heed::nn {

namespace detail {

template <class Layer>
Tensor mix_memory(const Layer& layer, const Tensor& scores, const Tensor& memory, const Sequences& sequences,
                  const Sequences& memory_sequences) {
  const Tensor weights = pair_softmax(scores, sequences, memory_sequences);
  tap(layer, "weights", weights);
  return pair_weighted_sum(weights, memory, sequences, memory_sequences);
}

}  // namespace detail

/// Additive (Bahdanau) attention: score(s, m) = v . tanh(W s + U m);  W = query.weight: [width, width], U = key.weight:
/// [width, memory_width], v = score_weight: [width]. Bahdanau et al. 2015, arXiv:1409.0473, section 3.1.
struct AdditiveAttention {
  Size width, memory_width = width;
  Linear query = Linear{.in = width, .out = width, .biased = false};
  Linear key = Linear{.in = memory_width, .out = width, .biased = false};
  Parameter score_weight{{width}, uniform_by_inputs(width), Role::weight};

  Tensor keys(const Tensor& memory) const;
  Tensor attend(const Tensor& states, const Tensor& keys_of_memory, const Tensor& memory, const Sequences& sequences,
                const Sequences& memory_sequences) const;
  Tensor operator()(const Tensor& states, const Tensor& memory, const Sequences& sequences,
                    const Sequences& memory_sequences) const;
};

/// Dot-product attention: score(s, m) = s . m, for states and a memory of the same width. Luong et al. 2015,
/// arXiv:1508.04025, section 3.1: dot.
struct DotAttention {
  Size width;

  Tensor keys(const Tensor& memory) const;
  Tensor attend(const Tensor& states, const Tensor& keys_of_memory, const Tensor& memory, const Sequences& sequences,
                const Sequences& memory_sequences) const;
  Tensor operator()(const Tensor& states, const Tensor& memory, const Sequences& sequences,
                    const Sequences& memory_sequences) const;
  void check() const;
};

/// Bilinear attention: score(s, m) = s . W m;  W = key.weight: [width, memory_width]. Luong et al. 2015,
/// arXiv:1508.04025, section 3.1: general.
struct GeneralAttention {
  Size width, memory_width = width;
  Linear key = Linear{.in = memory_width, .out = width, .biased = false};

  Tensor keys(const Tensor& memory) const;
  Tensor attend(const Tensor& states, const Tensor& keys_of_memory, const Tensor& memory, const Sequences& sequences,
                const Sequences& memory_sequences) const;
  Tensor operator()(const Tensor& states, const Tensor& memory, const Sequences& sequences,
                    const Sequences& memory_sequences) const;
};

/// Concat attention: score(s, m) = v . tanh(W [s; m]);  W = weight: [width, width + memory_width], v = score_weight:
/// [width]. W's halves are multiplied with s and with m once for each state, not for each pair. Luong et al. 2015,
/// arXiv:1508.04025, section 3.1: concat.
struct ConcatAttention {
  Size width, memory_width = width;
  Parameter weight{{width, width + memory_width}, uniform_by_inputs(width + memory_width)};
  Parameter score_weight{{width}, uniform_by_inputs(width), Role::weight};

  Tensor keys(const Tensor& memory) const;
  Tensor attend(const Tensor& states, const Tensor& keys_of_memory, const Tensor& memory, const Sequences& sequences,
                const Sequences& memory_sequences) const;
  Tensor operator()(const Tensor& states, const Tensor& memory, const Sequences& sequences,
                    const Sequences& memory_sequences) const;
  void check() const;
};

}  // namespace heed::nn
