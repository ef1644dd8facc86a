#include "distinct.h"

#include <algorithm>
#include <functional>

#include "../graph/fail.h"

namespace heed::optim::detail {

std::vector<std::size_t, arena::Allocator<std::size_t>> distinct(const char* who,
                                                                 std::span<const nn::Parameter> parameters) {
  struct Place {
    const heed::detail::TensorBody* body;
    std::size_t index;
  };
  std::vector<Place, arena::Allocator<Place>> places;
  places.reserve(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) places.push_back({&heed::detail::body_of(parameters[i]), i});
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return a.body == b.body ? a.index < b.index : std::less<>{}(a.body, b.body);
  });
  places.erase(
      std::unique(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.body == b.body; }),
      places.end());

  const auto end_of = [&](const Place& place) {
    return place.body->data + parameters[place.index].elements() * bytes(place.body->dtype);
  };
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return std::less<>{}(a.body->data, b.body->data); });
  const Place* before = nullptr;
  for (const Place& place : places) {
    const nn::Parameter& parameter = parameters[place.index];
    if (parameter.elements() == 0 || !parameter.is_contiguous()) continue;
    if (before && std::less<>{}(place.body->data, end_of(*before)))
      fail(
          "{}: parameters {} and {}, {} and {}, are two tensors that share elements, but each element must belong to "
          "one",
          who, std::min(before->index, place.index), std::max(before->index, place.index),
          to_string(parameters[std::min(before->index, place.index)].shape()),
          to_string(parameters[std::max(before->index, place.index)].shape()));
    before = &place;
  }

  std::vector<std::size_t, arena::Allocator<std::size_t>> first;
  first.reserve(places.size());
  for (const Place& place : places) first.push_back(place.index);
  std::sort(first.begin(), first.end());
  return first;
}

}  // namespace heed::optim::detail
