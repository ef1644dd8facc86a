#include "load_values.h"

#include <algorithm>
#include <cstring>

#include "../../graph/ambient.h"
#include "../../graph/fail.h"
#include "../../ops/shape/view.h"

namespace heed::nn::detail {
namespace {

bool is_real(DType dtype) { return is_floating(dtype) || is_stored_float(dtype); }

/// Returns true if conversion between two floating dtypes is exact.
bool holds_all(DType from, DType to) { return from == to || (is_floating(to) && bytes(to) > bytes(from)); }

}  // namespace

std::string type_of(const Tensor& tensor) {
  return fmt::format("{} {}", name(tensor.dtype()), to_string(tensor.shape()));
}

std::string list(const std::vector<std::string>& names) {
  constexpr std::size_t most = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i ? ", " : "") + names[i];
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text;
}

void complain(std::string& complaint, const char* what, const std::vector<std::string>& which) {
  if (!which.empty()) complaint += fmt::format("{}{}{}", complaint.empty() ? "" : "; ", what, list(which));
}

bool same_bytes(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         std::memcmp(read<std::byte>(a), read<std::byte>(b),
                     static_cast<std::size_t>(a.elements() * bytes(a.dtype()))) == 0;
}

Tensor fitted(const Tensor& value, const Tensor& target, const LoadOptions& options) {
  const DType from = value.dtype(), to = target.dtype();
  if (value.shape() != target.shape()) return {};
  if (from == to) return value;
  if (!is_real(from) || !is_real(to) || !(options.rounding || holds_all(from, to))) return {};
  return no_grad([&] { return cast(value, to); });
}

}  // namespace heed::nn::detail
