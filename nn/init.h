// Initialisation of parameters.
#pragma once

#include "../graph/create.h"
#include "../ops/random.h"
#include "fields.h"

namespace heed::nn {

/// Uniform in (-1 / sqrt(in), 1 / sqrt(in)), where `in` is the number of inputs of each unit: what PyTorch's Linear
/// has, after LeCun et al. 1998, "Efficient backprop", section 4.6.
Tensor uniform_by_inputs(const Shape& shape, Size in);

/// What begins a field of a layer (Parameter): uniform by so many inputs, normal with mean 0 and this deviation, or all
/// one value.
inline auto uniform_by_inputs(Size in) {
  return [in](const Shape& shape) { return uniform_by_inputs(shape, in); };
}
inline auto normal_with(double stddev) {
  return [stddev](const Shape& shape) { return normal(shape, 0, stddev); };
}
inline auto filled_with(double value) {
  return [value](const Shape& shape) { return full(shape, value); };
}

/// Normal initialisation, as BERT's (arXiv:1810.04805): every parameter with two axes or more is normal with this
/// standard deviation, every bias 0; norms stay. Draws from this thread's random numbers.
void init_normal(AnyLayer model, float stddev = 0.02f);

/// Normal initialisation, truncated at two standard deviations: numbers further away are drawn again.
void init_truncated_normal(AnyLayer model, float stddev = 0.02f);

/// Xavier (Glorot) initialisation: every parameter with two axes or more is uniform in
/// (-b, b) with b = gain sqrt(6 / (in + out)), every bias 0; norms stay. A parameter [out, in, ...] has so many inputs
/// and outputs, times the lengths of further axes. Glorot and Bengio 2010, "Understanding the difficulty of training
/// deep feedforward neural networks", formula 16.
void init_xavier(AnyLayer model, float gain = 1);

/// He initialisation, for relu (PyTorch: kaiming_normal_): every parameter with two axes or more is normal with the
/// standard deviation sqrt(2 / in), every bias 0; norms stay. He et al. 2015, arXiv:1502.01852, section 2.2.
void init_he(AnyLayer model);

/// GPT-2's initialisation: init_normal, but what ends a residual branch of a transformer (the weights attention.output
/// and feed_forward.down, and down of its experts) has the deviation divided by sqrt(branches), so that the sum of so
/// many branches does not grow with the depth: 2 for each layer of an encoder or language model, 3 for each of a
/// decoder. Radford et al. 2019, "Language models are unsupervised multitask learners", section 2.3.
void init_gpt2(AnyLayer model, Size branches, float stddev = 0.02f);

/// Initialisation of stacks with nn::DeepNorm, by its paper's figure 2: normal with the deviation gain
/// sqrt(2 / (in + out)), where the gain is beta for feed-forward parts, values and outputs of attention
/// (DeepNormScales), and 1 for every other parameter with two axes or more; every bias 0; norms stay. An encoder and a
/// decoder each have a beta of their own:
///   init_deep_norm(model.encoder, nn::deep_norm_encoder_scales(18, 6).beta);
///   init_deep_norm(model.decoder, nn::deep_norm_scales(3 * 6).beta);
/// Wang et al. 2022, arXiv:2203.00555, section 4.1.
void init_deep_norm(AnyLayer model, float beta);

/// Orthogonal initialisation: every parameter with two axes or more, seen as a matrix with a row for
/// each index of its first axis, has orthogonal rows, or columns if these are fewer, of length `gain`; every bias is 0;
/// norms stay. All such matrices are equally likely. Saxe, McClelland and Ganguli 2013, arXiv:1312.6120.
void init_orthogonal(AnyLayer model, float gain = 1);

}  // namespace heed::nn
