#include "cpu.h"

#include <fstream>

namespace heed {

std::string cpu_name() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t begin = line.find_first_not_of(": ", line.find(':'));
    if (begin != std::string::npos) return line.substr(begin);
  }
  return "unknown";
}

}  // namespace heed
