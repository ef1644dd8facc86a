// Stack traces: finds the line of a user's program that called an op.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace heed::detail {

/// Return addresses of the call stack, the innermost first.
std::vector<void*> call_stack();

/// Describes the innermost call outside the library: "train.cpp:42 in loss_of", or only the function if the program was
/// compiled without -g; empty if that is unknown too. Runs addr2line (binutils).
std::string caller_outside_library(std::span<void* const> calls);

}  // namespace heed::detail
