// Running of external programs.
#pragma once

#include <string>
#include <vector>

namespace heed::text::detail {

/// Runs a program (arguments[0], found on PATH) without a shell and returns its standard output. Throws Error, with the
/// end of its standard error, if it cannot be run or its exit status is not 0.
std::string run_program(const std::vector<std::string>& arguments);

}  // namespace heed::text::detail
