#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "golden_folder.h"

/// Path of a golden file in tests/text/golden.
inline std::string golden(const std::string& name) {
  return std::filesystem::path(golden_folder()).parent_path() / "text/golden" / name;
}

inline nlohmann::json golden_json(const std::string& name) {
  std::ifstream stream(golden(name));
  return nlohmann::json::parse(stream);
}
