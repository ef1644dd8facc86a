// Limit of a process's memory.
#pragma once

#include <cstdint>

namespace heed {

/// Bytes of memory and swap space of the machine, or of the control group (container) of this process if those are
/// less. Found once, at the first call.
std::int64_t machine_memory();

}  // namespace heed
