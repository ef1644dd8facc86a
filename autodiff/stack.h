// Where in a user's program an op was called.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace heed::detail {

/// The return addresses of the calls that lead here, the innermost first.
std::vector<void*> calls();

/// The innermost call outside the library: "train.cpp:42 in loss_of", or only its function where the program was
/// compiled without -g; empty if that is not known either. Asks addr2line, which comes with every compiler.
std::string place_outside_library(std::span<void* const> calls);

}  // namespace heed::detail
