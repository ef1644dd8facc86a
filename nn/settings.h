// Settings that shapes of weights do not show, hyperparameters (heads, epsilon ...) and types of sublayers, in the
// metadata of weight files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fields.h"

namespace heed::nn {

/// Hyperparameters as text and types of sublayers, by path: {"layers.0.heads": "4", "layers.0.positions.type":
/// "Rotary"}. Hyperparameters that only affect training (dropout, stochastic_depth, jitter, momentum, deviation ...) or
/// the maximum length (longest) are excluded.
using Settings = std::map<std::string, std::string>;
Settings settings_of(AnyLayer model);

/// Adds a model's settings to the metadata of its weight file, as "heed.settings": a JSON object.
void put_settings(std::map<std::string, std::string>& metadata, AnyLayer model);

/// Returns a sentence for each setting whose values in the file and in the model differ: "heads is 2 in the file but 4
/// in the model". Paths that only one of them has are ignored. Throws Error, which starts with `who`, if the file's
/// settings are not JSON. Settings of an earlier version are compared if they have a counterpart.
std::vector<std::string> differing_settings(const char* who, const std::string& path,
                                            const std::map<std::string, std::string>& metadata, AnyLayer model);

}  // namespace heed::nn
