// Live nodes of the graph and the memory of their results, by op.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "../graph/detail/observer.h"

namespace heed {

/// Live nodes of an op, and bytes of its results that a tensor or the graph still holds.
struct OpUsage {
  std::string op;
  std::int64_t nodes = 0, bytes = 0;
};

/// Observer that tracks the nodes recorded on this thread during its lifetime, and the memory of their results.
///   LiveGraph graph;   ...   fmt::print("{}", graph.text());
class LiveGraph : private detail::Observer, private detail::StorageWatcher {
 public:
  LiveGraph() = default;
  ~LiveGraph() override;

  /// Ops with live nodes or results, sorted by bytes, largest first.
  std::vector<OpUsage> usage();
  /// Table of usage().
  std::string text();

 private:
  void computed(const char* op, const Inputs& inputs, std::span<const Tensor> outputs) override;
  void recorded(detail::Node& node, const Inputs& inputs, std::span<const Tensor> outputs) override;
  void freed(detail::Storage& storage) noexcept override;
  void forget_dead_nodes();

  std::vector<detail::Node*> nodes_;      // weak references
  std::size_t cleanup_threshold_ = 1024;  // number of nodes at which dead ones are removed
  std::map<detail::Storage*, const char*> storages_;
};

}  // namespace heed
