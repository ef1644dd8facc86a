// Initialisation of parameters.
#pragma once

#include "../../graph/create.h"
#include "../../ops/random/random.h"
#include "fields.h"

namespace heed::nn {

/// Uniform in (-1 / sqrt(in), 1 / sqrt(in)), where `in` is the number of inputs of each unit, as in PyTorch's Linear,
/// after LeCun et al. 1998, "Efficient backprop", section 4.6.
Tensor uniform_by_inputs(const Shape& shape, Size in);

/// First values of a field (Parameter): uniform_by_inputs(shape, in), normal with mean 0 and this standard deviation,
/// or all one value.
inline auto uniform_by_inputs(Size in) {
  return [in](const Shape& shape) { return uniform_by_inputs(shape, in); };
}
/// Normal with mean 0 and this standard deviation.
inline auto normal_with(double stddev) {
  return [stddev](const Shape& shape) { return normal(shape, 0, stddev); };
}
/// One value.
inline auto filled_with(double value) {
  return [value](const Shape& shape) { return full(shape, value); };
}

// The functions below initialise all parameters of a model by their role (parameter.h), whatever their names are:
// weights are drawn from this thread's random numbers, biases are set to 0, scales, as those of norms, stay. A
// parameter with two axes or more is a weight unless its layer says otherwise. They throw Error, before anything is
// written, if the role of a parameter with fewer axes is not known.
//
// A weight [out, in, ...] has `in` inputs and `out` outputs, each times the lengths of further axes; a weight with one
// axis has all its elements as inputs of 1 output.

/// Normal initialisation, mean 0, as BERT's. Devlin et al. 2018, arXiv:1810.04805.
void init_normal(AnyLayer model, float stddev = 0.02f);

/// Normal initialisation, truncated at two standard deviations: numbers further away are drawn again.
void init_truncated_normal(AnyLayer model, float stddev = 0.02f);

/// Xavier (Glorot) initialisation: uniform in (-b, b), b = gain sqrt(6 / (in + out)). Glorot and Bengio 2010,
/// "Understanding the difficulty of training deep feedforward neural networks", formula 16.
void init_xavier(AnyLayer model, float gain = 1);

/// He initialisation, for layers followed by relu (PyTorch: kaiming_normal_): normal with the standard deviation
/// sqrt(2 / in). He et al. 2015, arXiv:1502.01852, section 2.2.
void init_he(AnyLayer model);

/// GPT-2's initialisation: init_normal, but the output projections of residual branches have stddev / sqrt(branches),
/// so that the sum of the branches does not grow with the depth. `branches` is their number: 2 for each layer of an
/// encoder or language model, 3 for each of a decoder. Layers name their output_projection (branches.h): attentions
/// `output`, feed-forward parts `down`. Throws Error if no layer does, or a residual branch with weights names none.
/// Radford et al. 2019, "Language models are unsupervised multitask learners", section 2.3.
void init_gpt2(AnyLayer model, Size branches, float stddev = 0.02f);

/// Initialisation of stacks with nn::DeepNorm: normal with the standard deviation gain sqrt(2 / (in + out)), gain =
/// beta (DeepNormScales) for the branch_weights (branches.h): the value and output projections of attentions and all
/// weights of feed-forward parts, and gain = 1 for others. Throws Error if no layer names any, or a residual branch
/// with weights does not. An encoder and a decoder have a beta each:
///   init_deep_norm(model.encoder, nn::deep_norm_encoder_scales(18, 6).beta);
///   init_deep_norm(model.decoder, nn::deep_norm_scales(3 * 6).beta);
/// Wang et al. 2022, arXiv:2203.00555, section 4.1 and figure 2.
void init_deep_norm(AnyLayer model, float beta);

/// Orthogonal initialisation: each weight, seen as a matrix with a row for each index of its first axis (one row if
/// that is its only axis), has orthogonal rows, or columns if these are fewer, of length `gain`. All such matrices are
/// equally likely. Saxe, McClelland and Ganguli 2013, arXiv:1312.6120.
void init_orthogonal(AnyLayer model, float gain = 1);

}  // namespace heed::nn
