// Memory limit of the process.
#pragma once

#include <cstdint>

namespace heed::detail {

/// Number of bytes of memory and swap space of the machine, or of the control group (container) of this process if that
/// is less. Determined once, at the first call.
std::int64_t machine_memory();

}  // namespace heed::detail
