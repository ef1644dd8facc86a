// Settings that shapes of weights do not show, hyperparameters (heads, epsilon ...) and types of sublayers, in the
// metadata of weight files.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../fields/fields.h"

namespace heed::nn::detail {

/// Hyperparameters as text and types of sublayers, by path: {"layers.0.heads": "4", "layers.0.positions.type":
/// "Rotary"}. Hyperparameters that only affect training (dropout, stochastic_depth, jitter, momentum, stddev ...) or
/// the maximum length (max_length) are excluded.
using Settings = std::map<std::string, std::string>;
Settings settings_of(AnyLayer model);

/// Fields of earlier versions, and their current names.
inline constexpr std::pair<std::string_view, std::string_view> renamed_fields[] = {{"deviation", "stddev"},
                                                                                   {"longest", "max_length"},
                                                                                   {"farthest", "max_distance"},
                                                                                   {"begin", "initial_scale"},
                                                                                   {"window", "kernel_size"}};
/// Adds a model's settings to the metadata of its weight file, as "heed.settings": a JSON object.
void put_settings(std::map<std::string, std::string>& metadata, AnyLayer model);

/// Returns a sentence for each setting whose values in the file and in the model differ: "heads is 2 in the file but 4
/// in the model". Paths that only one of them has are ignored. Throws Error, which starts with `who`, if the file's
/// settings are not JSON. Settings of an earlier version are compared if they have a counterpart.
std::vector<std::string> differing_settings(const char* who, const std::string& path,
                                            const std::map<std::string, std::string>& metadata, AnyLayer model);

}  // namespace heed::nn::detail
