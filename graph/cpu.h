// Name of the CPU.
#pragma once

#include <string>

namespace heed {

/// Model name of this machine's CPU, to report with measurements: "AMD EPYC 9654 96-Core Processor"; "unknown" if the
/// system does not tell.
std::string cpu_name();

}  // namespace heed
