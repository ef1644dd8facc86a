// A model's parameters and buffers in a safetensors file. The names are the field paths.
#pragma once

#include <string>
#include <vector>

#include "fields.h"

namespace heed::nn {

/// Writes all parameters and buffers: "layers.0.attention.query.weight". One that is shared is written once, under its
/// first path; its other paths stand in the metadata ({"head.weight": "embedding.table"}), as Hugging Face's save_model
/// does it. The model's settings (nn/settings.h) stand there too. The file is replaced at once, or an Error is thrown
/// and the old one is still there.
void save(AnyLayer model, const std::string& path);

struct LoadOptions {
  bool strict = true;     // whether missing and unexpected names, and settings that differ, are errors
  bool rounding = false;  // whether values may be rounded to the model's dtype: of float64 to float32, for example
};
struct LoadReport {
  std::vector<std::string> missing;     // paths in the model that are not in the file: left as they are
  std::vector<std::string> unexpected;  // names in the file that are not in the model: ignored
  std::vector<std::string> differing;   // settings: "heads is 2 in the file but 4 in the model"
};

/// Writes the values in the file into the model's parameters and buffers, in place: what shares them sees them. A
/// shared one may be in the file under any of its paths. A floating point tensor of another dtype than the model's is
/// converted if that is exact, as bfloat16 and float16 to float32; with `rounding` always. Throws Error, and changes
/// nothing, unless every name (with `strict`), shape and dtype fits, and (with `strict`) every setting that both the
/// file and the model have: of those that shapes do not show, as heads.
LoadReport load(AnyLayer model, const std::string& path, LoadOptions options = {});

}  // namespace heed::nn
