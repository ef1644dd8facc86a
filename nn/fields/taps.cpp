#include "taps.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "../../graph/fail.h"
#include "../../ops/math/arithmetic.h"
#include "expect.h"

namespace heed::nn {
namespace {

template <class Place>
bool before(const Place& place, std::pair<const void*, const fields::LayerType*> key) {
  const std::less<const void*> less;
  return less(place.address, key.first) || (place.address == key.first && less(place.type, key.second));
}

struct Places : fields::Reader {
  std::vector<std::tuple<const void*, const fields::LayerType*, std::string>> found;
  void begin(const fields::LayerType& type, const void* address) override {
    found.emplace_back(address, &type, path());
  }
  bool checks() const override { return false; }
};

}  // namespace

Taps::Taps(AnyLayer model) : outer_(detail::innermost_taps) {
  Places places;
  model.read(places);
  for (auto& [address, type, path] : places.found) layers_.push_back({address, type, std::move(path)});
  std::sort(layers_.begin(), layers_.end(),
            [](const Place& a, const Place& b) { return before(a, {b.address, b.type}); });
  detail::innermost_taps = this;
}

Taps::~Taps() { detail::innermost_taps = outer_; }

const Tensor& Taps::operator[](std::string_view path) const {
  const Tensor* found = nullptr;
  std::int64_t count = 0;
  for (const auto& [tapped, tensor] : tapped_) {
    if (tapped != path) continue;
    found = &tensor;
    ++count;
  }
  if (count == 1) return *found;
  if (count > 1) fail("Taps: {} was tapped {} times; iterate over the taps to get each", path, count);
  not_tapped(path);
}

Tensor Taps::total(std::string_view name) const {
  Tensor sum;
  for (const auto& [path, tensor] : tapped_) {
    const std::size_t dot = path.rfind('.');
    if (std::string_view(path).substr(dot == std::string::npos ? 0 : dot + 1) != name) continue;
    sum = sum ? sum + tensor : tensor;
  }
  if (!sum) not_tapped(name);
  return sum;
}

void Taps::not_tapped(std::string_view path) const {
  std::string others;
  for (const auto& [tapped, tensor] : tapped_) others += (others.empty() ? "" : ", ") + tapped;
  fail("Taps: {} was not tapped; {}", path, others.empty() ? "nothing was" : "tapped were " + others);
}

void detail::tap_layer(const void* layer, const fields::LayerType* type, std::string_view name, const Tensor& tensor) {
  for (Taps* taps = innermost_taps; taps; taps = taps->outer_) {
    const auto place = std::lower_bound(taps->layers_.begin(), taps->layers_.end(), std::pair(layer, type),
                                        [](const Taps::Place& p, const auto& key) { return before(p, key); });
    if (place == taps->layers_.end() || place->address != layer || place->type != type) continue;
    taps->tapped_.emplace_back(place->path.empty() ? std::string(name) : fmt::format("{}.{}", place->path, name),
                               tensor);
  }
}

}  // namespace heed::nn
