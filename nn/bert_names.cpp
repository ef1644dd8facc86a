#include "bert_names.h"

#include <array>
#include <cstring>
#include <map>
#include <utility>

#include "../graph/fail.h"
#include "parameters.h"
#include "safetensors.h"

namespace heed::nn {
namespace {

// Applied in order, each to the first place where it fits.
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> renamed = {{
    {"bert.token_embedding.", "bert.embeddings.word_embeddings."},
    {"bert.segment_embedding.", "bert.embeddings.token_type_embeddings."},
    {"bert.position_embedding.", "bert.embeddings.position_embeddings."},
    {"bert.embedding_norm.", "bert.embeddings.LayerNorm."},
    {"encoder.layers.", "encoder.layer."},
    {".attention.query.", ".attention.self.query."},
    {".attention.key.", ".attention.self.key."},
    {".attention.value.", ".attention.self.value."},
    {".attention.output.", ".attention.output.dense."},
    {".attention_residual.norm.", ".attention.output.LayerNorm."},
    {".feed_forward.up.", ".intermediate.dense."},
    {".feed_forward.down.", ".output.dense."},
    {".feed_forward_residual.norm.", ".output.LayerNorm."},
    {"bert.pooler.", "bert.pooler.dense."},
    {"masked_head.transform.", "cls.predictions.transform.dense."},
    {"masked_head.norm.", "cls.predictions.transform.LayerNorm."},
    {"masked_head.bias", "cls.predictions.bias"},
    {"next_head.", "cls.seq_relationship."},
}};

}  // namespace

std::string hugging_face_name(std::string_view path) {
  std::string name(path);
  for (const auto& [ours, theirs] : renamed)
    if (const std::size_t at = name.find(ours); at != std::string::npos) name.replace(at, ours.size(), theirs);
  if (name.ends_with("LayerNorm.scale")) name.replace(name.size() - 5, 5, "weight");
  return name;
}

void load_hugging_face(AnyLayer model, const std::string& path) {
  const TensorFile file = load_tensors(path);
  const std::map<std::string, Tensor> tensors(file.tensors.begin(), file.tensors.end());
  std::vector<std::pair<Parameter, Tensor>> found;
  for (const auto& [field, parameter] : named_parameters(model)) {
    const std::string name = hugging_face_name(field);
    const auto entry = tensors.find(name);
    if (entry == tensors.end()) fail("load_hugging_face: {} has no tensor {}, which {} needs", path, name, field);
    if (entry->second.shape() != parameter.shape() || entry->second.dtype() != parameter.dtype())
      fail("load_hugging_face: {} in {} is {} {}, but {} is {} {}", name, path, heed::name(entry->second.dtype()),
           to_string(entry->second.shape()), field, heed::name(parameter.dtype()), to_string(parameter.shape()));
    found.emplace_back(parameter, entry->second);
  }
  for (const auto& [parameter, values] : found)
    std::memcpy(overwrite<std::byte>(parameter, "load_hugging_face"), read<std::byte>(values),
                static_cast<std::size_t>(values.elements() * bytes(values.dtype())));
}

}  // namespace heed::nn
