#include "distinct.h"

#include <algorithm>
#include <functional>

#include "../../graph/fail.h"

namespace heed::optim::detail {

std::vector<std::size_t, arena::Allocator<std::size_t>> distinct(const char* who,
                                                                 std::span<const nn::Parameter> parameters) {
  struct Entry {
    const heed::detail::TensorBody* body;
    std::size_t index;
  };
  std::vector<Entry, arena::Allocator<Entry>> entries;
  entries.reserve(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) entries.push_back({&heed::detail::body_of(parameters[i]), i});
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.body == b.body ? a.index < b.index : std::less<>{}(a.body, b.body);
  });
  entries.erase(
      std::unique(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.body == b.body; }),
      entries.end());

  const auto end_of = [&](const Entry& entry) {
    return entry.body->data + parameters[entry.index].elements() * bytes(entry.body->dtype);
  };
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return std::less<>{}(a.body->data, b.body->data); });
  const Entry* before = nullptr;
  for (const Entry& entry : entries) {
    const nn::Parameter& parameter = parameters[entry.index];
    if (parameter.elements() == 0 || !parameter.is_contiguous()) continue;
    if (before && std::less<>{}(entry.body->data, end_of(*before)))
      fail(
          "{}: parameters {} and {}, {} and {}, are two tensors that share elements, but each element must belong to "
          "one",
          who, std::min(before->index, entry.index), std::max(before->index, entry.index),
          to_string(parameters[std::min(before->index, entry.index)].shape()),
          to_string(parameters[std::max(before->index, entry.index)].shape()));
    before = &entry;
  }

  std::vector<std::size_t, arena::Allocator<std::size_t>> first;
  first.reserve(entries.size());
  for (const Entry& entry : entries) first.push_back(entry.index);
  std::sort(first.begin(), first.end());
  return first;
}

}  // namespace heed::optim::detail
