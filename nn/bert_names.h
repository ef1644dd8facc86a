#pragma once

#include <string>
#include <string_view>

#include "bert_heads.h"

namespace heed::nn {

/// The name that Hugging Face's BertForPreTraining has for a parameter of BertForPretraining, by its field path:
///   bert.encoder.layers.0.attention.query.weight -> bert.encoder.layer.0.attention.self.query.weight
std::string hugging_face_name(std::string_view path);

/// Writes the weights of a safetensors file with Hugging Face's names into the model. What the model has must be there;
/// the tied decoder may be. Throws Error, and changes nothing, if a name is missing or a shape does not fit.
void load_hugging_face(AnyLayer model, const std::string& path);

}  // namespace heed::nn
