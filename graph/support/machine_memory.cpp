#include "machine_memory.h"

#include <sys/sysinfo.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace heed::detail {
namespace {

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

/// Returns the number in a file, or `unlimited` if there is none ("max", or no such file).
std::int64_t number_in(const std::string& path) {
  std::ifstream file(path);
  std::int64_t number;
  return file >> number ? number : unlimited;
}

/// Smallest memory limit of this process's control group (version 2) and its ancestors.
std::int64_t control_group_limit() {
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  std::int64_t limit = number_in("/sys/fs/cgroup/memory.max");
  while (std::getline(groups, line)) {
    if (!line.starts_with("0::/")) continue;
    for (std::string path = line.substr(3); path.size() > 1; path.erase(path.rfind('/')))
      limit = std::min(limit, number_in("/sys/fs/cgroup" + path + "/memory.max"));
  }
  return limit;
}

std::int64_t find_memory() {
  struct sysinfo machine;
  if (sysinfo(&machine) != 0) return unlimited;
  const auto unit = static_cast<std::int64_t>(machine.mem_unit);
  const std::int64_t memory = std::min(static_cast<std::int64_t>(machine.totalram) * unit, control_group_limit());
  return memory + static_cast<std::int64_t>(machine.totalswap) * unit;
}

}  // namespace

std::int64_t machine_memory() {
  static const std::int64_t bytes = find_memory();
  return bytes;
}

}  // namespace heed::detail
