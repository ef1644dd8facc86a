// Other programs as a source of text.
#pragma once

#include <string>
#include <vector>

namespace heed::text {

/// Runs a program (arguments[0], found on PATH) without a shell and returns what it printed. Throws Error, with the end
/// of what it said on standard error, if it cannot be run or does not end with status 0.
std::string output_of(const std::vector<std::string>& arguments);

}  // namespace heed::text
