// Saving and loading parameters and buffers of a model as a safetensors file, named by their field paths.
#pragma once

#include <string>
#include <vector>

#include "fields.h"

namespace heed::nn {

/// Saves all parameters and buffers: "layers.0.attention.query.weight". A shared tensor is written once, under its
/// first path; its other paths are in the metadata ({"head.weight": "embedding.table"}), as with Hugging Face's
/// save_model, and so are the model's settings (nn/support/settings.h). The file is replaced atomically; on failure
/// Error is thrown and the old file is unchanged.
void save(AnyLayer model, const std::string& path);

/// Options of load.
struct LoadOptions {
  bool strict = true;     // true: missing and unexpected names, and differing settings, are errors
  bool rounding = false;  // true: values may be rounded to the model's dtype, such as float64 to float32
};
/// Result of load: how file and model differ.
struct LoadReport {
  std::vector<std::string> missing;     // paths in the model that are not in the file: left unchanged
  std::vector<std::string> unexpected;  // names in the file that are not in the model: ignored
  std::vector<std::string> differing;   // settings: "heads is 2 in the file but 4 in the model"
};

/// Loads the file's values into the model's parameters and buffers, in place, so that layers that share them see the
/// values. A shared tensor may be in the file under any of its paths. Floating point tensors are converted to the
/// model's dtype if that is exact, as from bfloat16 and float16 to float32; with `rounding` always. Throws Error, and
/// changes nothing, unless all shapes and dtypes fit, and, if `strict`, all names and all settings (such as heads) that
/// both the file and the model have.
LoadReport load(AnyLayer model, const std::string& path, LoadOptions options = {});

}  // namespace heed::nn
