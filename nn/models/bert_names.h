// Names of BERT's parameters in Hugging Face's files.
#pragma once

#include <string>
#include <string_view>

#include "../fields/save.h"
#include "bert_heads.h"

namespace heed::nn {

/// Returns the name in Hugging Face's BertForPreTraining of a parameter of BertForPretraining, given its field path:
///   bert.encoder.layers.0.attention.query.weight -> bert.encoder.layer.0.attention.self.query.weight
std::string hugging_face_name(std::string_view path);

/// Loads a safetensors file with the parameter names of Hugging Face's BERT into a Bert or a model of BERT with heads.
/// `path` is the file, or a folder with a model.safetensors. Norms may be named gamma and beta, and a file without
/// heads may omit the prefix "bert."; floating point dtypes are converted as by nn::load. The pooler, the classifier
/// and each pretraining head may be missing as a whole: their parameters are left unchanged and listed as missing in
/// the report. Heads of BERT's published models that this model does not have, and the position_ids buffer, are listed
/// as unexpected. The file's decoder weight must equal the token embeddings, to which the model's masked_head is tied.
/// A config.json in the same folder must agree with the model on num_hidden_layers, num_attention_heads, hidden_act,
/// layer_norm_eps and position_embedding_type. Throws Error that lists everything missing, unexpected or unfit; the
/// model is then unchanged. With strict = false other missing and unexpected names are no errors.
LoadReport load_hugging_face(AnyLayer model, const std::string& path, LoadOptions options = {});

}  // namespace heed::nn
