#pragma once

#include <string>
#include <string_view>

#include "bert_heads.h"
#include "save.h"

namespace heed::nn {

/// The name that Hugging Face's BertForPreTraining has for a parameter of BertForPretraining, by its field path:
///   bert.encoder.layers.0.attention.query.weight -> bert.encoder.layer.0.attention.self.query.weight
std::string hugging_face_name(std::string_view path);

/// Writes the weights of a safetensors file with the names of Hugging Face's BERT into a Bert or a model with one and
/// heads. `path` is the file, or a folder with a model.safetensors. Norms may have a gamma and a beta, a file without
/// heads names without "bert."; a floating point dtype is converted as nn::load does it. The pooler, the classifier and
/// each pretraining head may be missing as a whole: they stay as they are, and the report has the model's paths. Heads
/// that the model has not, of BERT's own models, and the buffer of positions are in the report as unexpected. The
/// file's decoder must be the token embeddings, to which the model's masked_head is tied. A config.json beside the file
/// must say what the model is where weights do not show it: num_hidden_layers, num_attention_heads, hidden_act,
/// layer_norm_eps, position_embedding_type. Throws Error that lists all that is missing, unexpected or does not fit,
/// and then changes nothing. With strict = false other missing and unexpected names are no errors.
LoadReport load_hugging_face(AnyLayer model, const std::string& path, LoadOptions options = {});

}  // namespace heed::nn
