// Settings that shapes do not show, the hyperparameters (heads, epsilon ...) and the types of sublayers, kept beside
// the weights in a file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fields.h"

namespace heed::nn {

/// Hyperparameters by their path, as people read them, and types of sublayers: {"layers.0.heads": "4",
/// "layers.0.positions.type": "Rotary"}. Without those by which a model only trains (dropout, stochastic_depth, jitter,
/// momentum, deviation ...) or is bounded (longest).
using Settings = std::map<std::string, std::string>;
Settings settings_of(AnyLayer model);

/// Puts a model's settings into the metadata of a file with its weights, as "heed.settings": a JSON object.
void put_settings(std::map<std::string, std::string>& metadata, AnyLayer model);

/// A sentence for each setting with another value in a file than in the model: "heads is 2 in the file but 4 in the
/// model". None if the file has none, and none of paths that only one of them has. Throws Error, in the name of `who`,
/// if the file's are not JSON. Settings of an earlier version are compared as far as they have a counterpart.
std::vector<std::string> differing_settings(const char* who, const std::string& path,
                                            const std::map<std::string, std::string>& metadata, AnyLayer model);

}  // namespace heed::nn
