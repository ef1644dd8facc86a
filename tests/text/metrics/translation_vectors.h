// Golden values of sacreBLEU.
#pragma once

#include <string>
#include <vector>

#include "text/golden.h"

using Lines = std::vector<std::string>;

/// Returns the cases of tests/text/golden/translation_metrics.json.
inline nlohmann::json translation_vectors() { return golden_json("translation_metrics.json"); }
