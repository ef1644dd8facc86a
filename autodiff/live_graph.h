// What of the graph is alive, and which ops it and the memory under it belong to.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "../graph/observer.h"

namespace heed {

/// What one op has alive.
struct OpUse {
  std::string op;
  std::int64_t nodes = 0, bytes = 0;  // bytes of results that somebody still holds: a tensor or the graph
};

/// While it lives it counts the nodes that ops record on this thread, and the memory of their results.
///   LiveGraph graph;   ...   fmt::print("{}", graph.text());
class LiveGraph : private detail::Observer, private detail::StorageWatcher {
 public:
  LiveGraph() = default;
  ~LiveGraph() override;

  /// Each op that has something alive, most bytes first.
  std::vector<OpUse> uses();
  /// The same as a table.
  std::string text();

 private:
  void computed(const char* op, const Inputs& inputs, std::span<const Tensor> outputs) override;
  void recorded(detail::Node& node, const Inputs& inputs, std::span<const Tensor> outputs) override;
  void gone(detail::Storage& storage) noexcept override;
  void forget_dead_nodes();

  std::vector<detail::Node*> nodes_;  // referred to weakly
  std::size_t look_again_ = 1024;     // for dead ones, when there are so many
  std::map<detail::Storage*, const char*> storages_;
};

}  // namespace heed
