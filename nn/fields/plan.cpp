#include "plan.h"

#include <unistd.h>

#include <fstream>
#include <limits>

#include "../../graph/create.h"
#include "../../graph/fail.h"

namespace heed::nn::detail {
namespace {

constexpr std::int64_t max_tensors = 1 << 18;

}  // namespace

std::int64_t available_memory() {
  std::ifstream memory("/proc/meminfo");
  for (std::string name, rest; memory >> name; std::getline(memory, rest)) {
    std::int64_t kibibytes = 0;
    if (name == "MemAvailable:" && memory >> kibibytes) return kibibytes * 1024;
  }
  const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGE_SIZE);
  return pages > 0 && page > 0 ? std::int64_t{pages} * page : std::numeric_limits<std::int64_t>::max();
}

std::string why_impossible(const Shape& shape) {
  std::int64_t elements = 1;
  for (const std::int64_t length : shape) {
    if (length < 0) return fmt::format("the shape {} has a negative length", to_string(shape));
    elements = Size(elements) * length;
  }
  constexpr std::int64_t too_many = std::int64_t{1} << 40;  // 4 TiB of float32
  return elements >= too_many ? fmt::format("there is no memory for a tensor {}", to_string(shape)) : std::string{};
}

void Plan::count(const Shape& shape) {
  std::int64_t elements = 1;
  for (const std::int64_t length : shape) elements = Size(elements) * length;
  ++tensors;
  if (elements > 0) {
    numbers = Size(numbers) + elements;
    bytes = Size(bytes) + Size(elements) * std::int64_t{sizeof(float)};
  }
}

Tensor placeholder(const Shape& shape) {
  const Tensor one = zeros({1});
  Shape strides = shape;
  for (int axis = 0; axis < shape.rank(); ++axis) strides[axis] = 0;
  return view_of(one, fill<std::byte>(one), shape, strides);
}

bool Plan::is_too_much() const { return tensors > max_tensors || bytes > max_bytes; }

void expect_memory(const char* who, const std::string& what, const Plan& plan) {
  if (plan.tensors > max_tensors) fail("{}: {} would have more than {} parameters and buffers", who, what, max_tensors);
  if (plan.bytes > plan.max_bytes)
    fail("{}: {} would have at least {} numbers in parameters and buffers, {} bytes, but this machine has {} available",
         who, what, plan.numbers, plan.bytes, plan.max_bytes);
}

}  // namespace heed::nn::detail
